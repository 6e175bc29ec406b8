import SIOJSON

/// What the other servers have answered to one request.
struct ClusterAnswers: Sendable {
    /// How a request ended.
    enum End: Sendable, Hashable {
        /// All servers that are there have answered.
        case complete
        case timedOut
        /// The answers were more than ``ClusterLimits`` allows.
        case overLimit
        /// More requests than ``ClusterLimits`` allows were there already.
        case refused
        case cancelled
        case closed
    }

    /// What was asked.
    enum Kind: Sendable, Hashable {
        case fetchSockets
        case serverSideEmit
        case countSockets
        case broadcast
    }

    var sockets: [SocketDescription] = []
    var values: [RawJSON] = []
    var count = 0
    /// The servers that have not answered.
    var missing = 0
    var end = End.complete
}

/// What is heard about a broadcast's acknowledgements.
enum ClusterProgress: Sendable {
    /// Clients were reached.
    case clients(Int)
    case answered(RawJSON)
    /// Clients that were reached will not answer any more.
    case left(Int)
    /// No server will reach further clients.
    case heardFromAll
}

/// A request that waits for the answers of other servers.
struct ClusterRequest {
    /// What one server, known by its name, has said of a broadcast's clients.
    private struct Ledger {
        var announced: Int?
        var settled = 0
        var isGone = false
    }

    private(set) var kind: ClusterAnswers.Kind
    private(set) var answers = ClusterAnswers()
    /// The servers whose answers are missing, where servers are known by name.
    private var missing: Set<String>
    /// The number of answers that are wanted, where only that is known; nil where it is not known yet.
    private var wanted: Int?
    private let countsOnly: Bool
    private var heardFrom: Set<String> = []
    /// The servers, or the answers of servers without names.
    private var heard = 0
    private var kept = 0
    private var keptBytes = 0

    private var ledgers: [String: Ledger] = [:]
    private var announced = 0
    private var settled = 0
    private var hasSaidAll = false

    /// A request to servers that are known by name.
    init(_ kind: ClusterAnswers.Kind, servers: Set<String>) {
        self.kind = kind
        missing = servers
        countsOnly = false
    }

    /// A request to so many servers; nil: to a number that ``expect(_:)`` tells.
    init(_ kind: ClusterAnswers.Kind, count: Int?) {
        self.kind = kind
        missing = []
        wanted = count
        countsOnly = true
    }

    /// The number of servers was found out.
    mutating func expect(_ count: Int) { wanted = count }

    private var missingCount: Int { countsOnly ? max(0, (wanted ?? .max) - heard) : missing.count }

    /// Whether nothing more is waited for.
    var isComplete: Bool { missingCount == 0 && settled >= announced }

    /// The answers, at the request's end.
    func ended(_ end: ClusterAnswers.End) -> ClusterAnswers {
        var answers = answers
        answers.missing = countsOnly && wanted == nil ? 1 : missingCount
        answers.end = end
        return answers
    }

    // MARK: Answers

    /// Takes an answer; one that does not belong to the request is dropped.
    ///
    /// - Returns: What it means for a broadcast's collector; nil if the answers have become too many.
    mutating func receive(
        _ body: ClusterMessage.Body, from sender: String, limits: ClusterLimits
    ) -> [ClusterProgress]? {
        switch (kind, body) {
        case (.fetchSockets, .fetchSocketsResponse(let sockets, _)):
            guard isFirst(of: sender) else { return [] }
            answers.sockets += sockets
            let size = sockets.reduce(0) { $0 + $1.approximateSize }
            return keeps(sockets.count, bytes: size, limits) ? [] : nil
        case (.serverSideEmit, .serverSideEmitResponse(let answer, _)):
            guard isFirst(of: sender) else { return [] }
            answers.values.append(answer)
            return keeps(1, bytes: answer.size, limits) ? [] : nil
        case (.countSockets, .countSocketsResponse(let count, _)):
            return add(count, by: sender)
        case (.countSockets, .fetchSocketsResponse(let sockets, _)):
            return add(sockets.count, by: sender)
        case (.broadcast, .broadcastClientCount(let count, _)):
            guard (0...limits.answers).contains(count) else { return nil }
            return announce(count, by: sender)
        case (.broadcast, .broadcastAcknowledgement(let answer, _)):
            guard settle(1, by: sender) else { return [] }
            return keeps(1, bytes: answer.size, limits) ? [.answered(answer)] : nil
        case (.broadcast, .broadcastClientsLeft(let count, _)):
            guard (1...limits.answers).contains(count), settle(count, by: sender) else { return [] }
            return [.left(count)]
        default:
            return []
        }
    }

    /// Whether an answer is a server's first; one that has no name may answer as often as it likes.
    private mutating func isFirst(of sender: String) -> Bool {
        guard sender.isEmpty || heardFrom.insert(sender).inserted else { return false }
        heard += 1
        missing.remove(sender)
        return true
    }

    /// Whether so many more answers are within the limits.
    private mutating func keeps(_ count: Int, bytes: Int, _ limits: ClusterLimits) -> Bool {
        kept += count
        keptBytes += bytes
        return kept <= limits.answers && keptBytes <= limits.answerBytes
    }

    private mutating func add(_ count: Int, by sender: String) -> [ClusterProgress] {
        guard isFirst(of: sender) else { return [] }
        let (sum, isTooLarge) = answers.count.addingReportingOverflow(max(0, count))
        answers.count = isTooLarge ? .max : sum
        return []
    }

    // MARK: Clients of a broadcast

    private mutating func announce(_ count: Int, by sender: String) -> [ClusterProgress] {
        guard ledgers[sender]?.isGone != true, isFirst(of: sender) else { return [] }
        if !sender.isEmpty { ledgers[sender, default: Ledger()].announced = count }
        announced += count
        return [.clients(count)] + whetherAll()
    }

    /// Notes that clients have answered or left.
    ///
    /// - Returns: False for clients that the server did not announce, or that were settled with their server.
    private mutating func settle(_ count: Int, by sender: String) -> Bool {
        if !sender.isEmpty {
            // Clients may answer before their server has counted all of them.
            var ledger = ledgers[sender, default: Ledger()]
            guard !ledger.isGone, count <= (ledger.announced ?? .max) - ledger.settled else { return false }
            ledger.settled += count
            ledgers[sender] = ledger
        }
        settled += count
        return true
    }

    private mutating func whetherAll() -> [ClusterProgress] {
        guard missingCount == 0, !hasSaidAll else { return [] }
        hasSaidAll = true
        return [.heardFromAll]
    }

    /// Says once that all servers have been heard from, if that is so.
    mutating func checkWhetherAll() -> [ClusterProgress] { kind == .broadcast ? whetherAll() : [] }

    /// A server is gone: neither it nor its clients are waited for.
    mutating func lost(_ server: String) -> [ClusterProgress] {
        missing.remove(server)
        guard kind == .broadcast else { return [] }
        var progress: [ClusterProgress] = []
        if var ledger = ledgers[server], !ledger.isGone {
            ledger.isGone = true
            if let count = ledger.announced {
                if count > ledger.settled { progress.append(.left(count - ledger.settled)) }
                settled += count - ledger.settled
            } else {
                // Its first clients had answered before it could say how many there are.
                announced += ledger.settled
                progress.append(.clients(ledger.settled))
            }
            ledgers[server] = ledger
        } else if ledgers[server] == nil {
            ledgers[server] = Ledger(isGone: true)
        }
        return progress + whetherAll()
    }
}

extension RawJSON {
    /// The bytes that it takes.
    var size: Int { attachments.reduce(bytes.count) { $0 + $1.count } }
}

extension SocketDescription {
    /// Roughly the bytes that it takes.
    fileprivate var approximateSize: Int {
        handshake.approximateSize + data.size + rooms.reduce(id.utf8.count) { $0 + $1.utf8.count }
    }
}
