import SIOHTTP
import SIONet
import SocketIOClient

/// A command could not do what it was asked for; told in words that help.
struct CommandFailure: Error, Equatable, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }

    /// Why there is no connection.
    init(_ failure: ConnectFailure, _ options: ClientOptions, namespace: String) {
        description = Self.words(failure, options, namespace).visible
    }

    private static func words(_ failure: ConnectFailure, _ options: ClientOptions, _ namespace: String) -> String {
        let url = options.shownURL
        switch failure.code {
        case .refused:
            let data = failure.data.map { " \($0.line)" } ?? ""
            return "the server refused the namespace \(namespace): \(failure.message)\(data)"
        case .timedOut:
            return "\(url) did not answer within \(options.timeout.shortText)"
        case .transport:
            guard let error = failure.underlying as? EngineClientError else { break }
            return "no connection to \(url): \(reason(error))"
        default: break
        }
        return "no connection to \(url): \(failure.message)"
    }

    private static func reason(_ error: EngineClientError) -> String {
        var words = error.description
        if !error.body.isEmpty {
            // An Engine.IO server says what it does not like.
            words += ": " + String(decoding: error.body.prefix(300), as: UTF8.self).trimmed
        }
        if error.status == 404 { words += " (is a Socket.IO server there? --path says where its requests go)" }
        if error.network?.tls != nil { words += " (--ca FILE names an authority to believe, --insecure asks for none)" }
        return words
    }
}

extension String {
    /// The text without white space around it.
    var trimmed: String {
        let front = drop(while: \.isWhitespace)
        return String(
            front.prefix(upTo: front.lastIndex { !$0.isWhitespace }.map(front.index(after:)) ?? front.startIndex))
    }
}

extension Duration {
    /// So many seconds: `10 s`, `0.5 s`.
    var shortText: String {
        let seconds = self / .seconds(1)
        return seconds == seconds.rounded() ? "\(Int(seconds)) s" : "\(seconds) s"
    }
}
