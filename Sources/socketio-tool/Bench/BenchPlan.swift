import SIOJSON
import SocketIOClient

/// What a load is made of.
struct BenchPlan {
    /// When the next event is sent.
    enum Pace: Equatable {
        /// When one of so many of a connection's was acknowledged.
        case inFlight(Int)
        /// When it is due: so many events a second, from all connections together.
        case rate(Double)
    }

    /// The events a second that may be asked for.
    private static let rates = 0.001...10_000_000

    let connections: Int
    let pace: Pace
    let duration: Duration
    let payload: Int
    let event: String
    let client: ClientOptions

    init(_ arguments: Arguments) throws {
        guard let url = arguments.positionals.first else { throw UsageError("a URL is missing") }
        guard arguments.positionals.count == 1 else { throw UsageError("bench takes one URL, and options") }
        client = try ClientOptions(url, arguments, transports: [.websocket])
        connections = try arguments.number("connections", in: 1...100_000) ?? 10
        payload = try arguments.number("payload", in: 0...1_000_000) ?? 64
        duration = try arguments.seconds("seconds") ?? .seconds(10)
        event = arguments.value("event") ?? "echo"
        if let text = arguments.value("rate") {
            guard arguments.value("in-flight") == nil else { throw UsageError("--rate or --in-flight, not both") }
            guard let rate = Double(text), Self.rates.contains(rate) else {
                throw UsageError("--rate is a number of events a second, 0.001 to 10000000, not \(text)")
            }
            pace = .rate(rate)
        } else {
            pace = .inFlight(try arguments.number("in-flight", in: 1...10_000) ?? 1)
        }
    }

    /// What each event carries: a string of so many bytes.
    var arguments: EventArguments {
        let letters = (0..<payload).map { UInt8(ascii: "a") + UInt8($0 % 26) }
        return EventArguments(text: [UInt8(ascii: "\"")] + letters + [UInt8(ascii: "\"")], attachments: [])
    }

    /// The plan in a line.
    var description: String {
        let pace =
            switch pace {
            case .inFlight(let count): "\(count) in flight on each"
            case .rate(let rate): "\(BenchReport.number(rate)) events/s in all"
            }
        let transports = client.manager.transports.map(\.rawValue).joined(separator: ", ")
        return "\(connections) connections (\(transports)), \(pace), \(EventWriter.name(event)) with \(payload) bytes"
    }
}
