import SIOHTTP
import SIOJSON
import SIONet
import SocketIOClient

/// What all commands that connect are told: where, and how.
struct ClientOptions {
    /// The options, for the command line.
    static let options: [Arguments.Option] = [
        .value("namespace", "n"), .value("auth", "a"), .value("transport"), .value("parser"), .value("header", "H"),
        .value("path"), .flag("insecure", "k"), .value("ca"), .value("timeout", "t"),
    ]

    /// What the help says of them.
    static let help = """
        How to connect:
          -n, --namespace NAME   the namespace; it may stand in the URL's path, too
          -a, --auth JSON        what the server is told of who connects; @FILE reads it from a file
              --transport LIST   polling, websocket, or both with a comma, the first one first
              --parser NAME      default or msgpack, as the server has it
          -H, --header 'K: V'    sent with each request; may be given several times
              --path PATH        the path of the server's requests, instead of /socket.io
          -k, --insecure         believe any certificate
              --ca FILE          believe the authorities in FILE (PEM), and no others
          -t, --timeout SECONDS  how long the connection, and each acknowledgement, may take; 10
        """

    let url: String
    let auth: ClientSocket.Auth
    let manager: Manager.Configuration
    let timeout: Duration
    private let namespace: String?

    /// Reads the options.
    ///
    /// - Parameters:
    ///   - url: The address; `http://` may be left out.
    ///   - arguments: The command line.
    ///   - transports: The transports where it says nothing.
    /// - Throws: ``UsageError``; `TLSError` if the authorities cannot be read.
    init(
        _ url: String, _ arguments: Arguments, transports: [EngineClientOptions.Transport] = [.polling, .websocket]
    ) throws {
        self.url = url.contains("://") ? url : "http://" + url
        namespace = arguments.value("namespace")
        auth =
            try arguments.value("auth").map { text in
                let value = try ValueText.parseJSON(text, of: "auth")
                guard value.bytes.first == UInt8(ascii: "{") else { throw UsageError("--auth is no object of JSON") }
                return .value(value)
            } ?? .none
        timeout = try arguments.seconds("timeout") ?? .seconds(10)
        var manager = Manager.Configuration()
        manager.transports = try arguments.value("transport").map(Self.transports) ?? transports
        manager.parser = try PacketParsing(named: arguments.value("parser"))
        manager.timeout = timeout
        manager.connectTimeout = timeout
        if let path = arguments.value("path") { manager.path = path.hasPrefix("/") ? path : "/" + path }
        for header in arguments.all("header") {
            let parts = header.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, HTTPHeaders.isValidName(String(parts[0])) else {
                throw UsageError("\(header) is no header: it is written 'Name: value'")
            }
            manager.extraHeaders.add(String(parts[0]), String(parts[1]))
        }
        manager.tls = try Self.tls(arguments)
        self.manager = manager
        // Whether the address is one is known before anything begins.
        _ = try socket()
    }

    /// The address as it is told to people, without what is secret in it.
    var shownURL: String { (try? HTTPURL(url))?.description ?? url }

    /// A socket, on a connection of its own.
    ///
    /// - Parameter configure: Changes how the connection is made.
    /// - Returns: The socket, which does not connect by itself.
    /// - Throws: ``UsageError`` if the address is none.
    func socket(_ configure: (inout Manager.Configuration) -> Void = { _ in }) throws(UsageError) -> ClientSocket {
        var options = manager
        configure(&options)
        var configuration = ClientSocket.Configuration(auth: auth)
        configuration.ackTimeout = timeout
        do {
            let address = try HTTPURL(url)
            if namespace != nil, address.path != "/" {
                throw UsageError("the namespace stands in the URL and in --namespace: one of them is enough")
            }
            guard let namespace else { return try ClientSocket.make(url, configuration, manager: options) }
            return try Manager(url, options).socket(namespace, configuration)
        } catch let error as UsageError {
            throw error
        } catch let error as HTTPURLError {
            throw UsageError("\(url): \(error.rawValue)")
        } catch {
            throw UsageError("\(url): \(error)")
        }
    }

    private static func transports(_ text: String) throws(UsageError) -> [EngineClientOptions.Transport] {
        var transports: [EngineClientOptions.Transport] = []
        for name in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let transport = EngineClientOptions.Transport(rawValue: String(name)) else {
                throw UsageError("\(name) is no transport: polling, websocket")
            }
            if !transports.contains(transport) { transports.append(transport) }
        }
        return transports
    }

    private static func tls(_ arguments: Arguments) throws -> TLSClientContext? {
        guard !(arguments.has("insecure") && arguments.value("ca") != nil) else {
            throw UsageError("--insecure or --ca, not both")
        }
        var tls = TLSClientConfiguration()
        if arguments.has("insecure") {
            tls.verification = .none
        } else if let file = arguments.value("ca") {
            tls.trustRoots = .certificates(.file(file))
        } else {
            return nil
        }
        return try TLSClientContext(tls)
    }
}

extension PacketParsing {
    /// The parser of a name; nil is the default one.
    init(named name: String?) throws(UsageError) {
        switch name {
        case nil, "default": self = .default
        case "msgpack": self = .messagePack
        case let name?: throw UsageError("\(name) is no parser: default, msgpack")
        }
    }
}

extension Arguments {
    /// An option's value as a time.
    func seconds(_ name: String) throws(UsageError) -> Duration? {
        guard let text = value(name) else { return nil }
        guard let seconds = Double(text), seconds > 0, seconds <= 1_000_000 else {
            throw UsageError("--\(name) is a number of seconds above 0, not \(text)")
        }
        return .seconds(seconds)
    }

    /// An option's value as a number within a range.
    func number(_ name: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
        guard let text = value(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw UsageError("--\(name) is a number from \(range.lowerBound) to \(range.upperBound), not \(text)")
        }
        return number
    }
}
