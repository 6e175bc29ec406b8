extension EngineRequest {
    /// An HTTP method.
    package enum Method: Equatable, Sendable {
        case get
        case post
        /// Another one, in capitals.
        case other(String)

        package init(_ name: String) {
            self = name == "GET" ? .get : name == "POST" ? .post : .other(name)
        }

        var name: String {
            switch self {
            case .get: "GET"
            case .post: "POST"
            case .other(let name): name
            }
        }
    }

    /// What a `transport` query says.
    package enum Transport: Equatable, Sendable {
        case known(EngineTransport)
        /// Something else, or nothing.
        case unknown(String?)

        package init(_ name: String?) {
            self = name.flatMap(EngineTransport.init(named:)).map(Self.known) ?? .unknown(name)
        }

        var name: String? {
            switch self {
            case .known(let transport): transport.rawValue
            case .unknown(let name): name
            }
        }
    }

    /// What an `EIO` query says.
    package enum Version: Equatable, Sendable {
        case four
        /// Something else, or nothing.
        case other(String?)

        package init(_ text: String?) {
            self = text == "4" ? .four : .other(text)
        }

        var text: String? {
            switch self {
            case .four: "4"
            case .other(let text): text
            }
        }
    }
}
