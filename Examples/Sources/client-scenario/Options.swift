import SocketIOClient

/// What the command line says.
struct Options: Sendable {
    enum Mode: Sendable {
        case scenarios
        case chaos(Duration, acknowledged: String)
        case hold(Int, Duration)
    }

    enum Transport: String, Sendable {
        case polling, websocket, upgrade

        var transports: [EngineClientOptions.Transport] {
            switch self {
            case .polling: [.polling]
            case .websocket: [.websocket]
            case .upgrade: [.polling, .websocket]
            }
        }
    }

    struct Misuse: Error, CustomStringConvertible {
        let description: String
    }

    var url = ""
    var transport = Transport.upgrade
    var usesMessagePack = false
    var authority: String?
    var mode = Mode.scenarios
    var wanted = ""

    init(_ arguments: [String]) throws {
        var rest = arguments[...]
        var (chaos, acknowledged, hold, seconds) = (Int?.none, String?.none, Int?.none, 10)
        func value(_ option: String) throws -> String {
            guard let value = rest.popFirst() else { throw Misuse(description: "\(option) needs a value") }
            return value
        }
        func number(_ option: String) throws -> Int {
            let text = try value(option)
            guard let number = Int(text), number > 0 else { throw Misuse(description: "\(option) \(text): no number") }
            return number
        }
        while let argument = rest.popFirst() {
            switch argument {
            case "--transport":
                let name = try value(argument)
                guard let known = Transport(rawValue: name) else { throw Misuse(description: "no transport: \(name)") }
                transport = known
            case "--parser":
                let name = try value(argument)
                guard ["msgpack", "default"].contains(name) else { throw Misuse(description: "no parser: \(name)") }
                usesMessagePack = name == "msgpack"
            case "--ca": authority = try value(argument)
            case "-k": wanted = try value(argument)
            case "--chaos": chaos = try number(argument)
            case "--acknowledged": acknowledged = try value(argument)
            case "--hold": hold = try number(argument)
            case "--seconds": seconds = try number(argument)
            default:
                guard url.isEmpty, !argument.hasPrefix("-") else { throw Misuse(description: "unknown: \(argument)") }
                url = argument
            }
        }
        guard !url.isEmpty else { throw Misuse(description: "the address of a server is missing") }
        if let hold { mode = .hold(hold, .seconds(seconds)) }
        if let chaos {
            guard let acknowledged else { throw Misuse(description: "--chaos needs --acknowledged") }
            mode = .chaos(.seconds(chaos), acknowledged: acknowledged)
        }
    }

    /// How to connect, and not to wait long before the next attempt.
    func manager() throws -> Manager.Configuration {
        var manager = Manager.Configuration()
        manager.transports = transport.transports
        manager.reconnectionDelay = .milliseconds(50)
        manager.reconnectionDelayMax = .milliseconds(200)
        if usesMessagePack { manager.parser = .messagePack }
        if let authority {
            var tls = TLSClientConfiguration()
            tls.trustRoots = .certificates(.file(authority))
            manager.tls = try TLSClientContext(tls)
        }
        return manager
    }
}
