/// What waits for the connection, in order, within limits.
///
/// One that is not wanted any more is taken out wherever it stands, at a cost of O(1) on average.
struct OfflineBuffer<Message> {
    struct Entry {
        var message: Message
        var size: Int
        /// The acknowledgement that the message asks for.
        var id: UInt64?
    }

    private var entries: ContiguousArray<Entry?> = []
    /// The place of the first that may still be there.
    private var head = 0
    /// The places of those that ask for an acknowledgement.
    private var places: [UInt64: Int] = [:]
    private let limits: (packets: Int, bytes: Int)
    private(set) var count = 0
    private(set) var bytes = 0

    init(packets: Int, bytes: Int) {
        limits = (packets, bytes)
    }

    var isEmpty: Bool { count == 0 }

    /// Takes a message in, behind all others.
    ///
    /// - Returns: Whether there was room.
    mutating func append(_ entry: Entry) -> Bool {
        guard count < limits.packets, entry.size <= limits.bytes - bytes else { return false }
        if let id = entry.id { places[id] = entries.count }
        entries.append(entry)
        count += 1
        bytes += entry.size
        return true
    }

    /// Takes the first message out.
    mutating func popFirst() -> Entry? {
        while head < entries.count {
            let entry = entries[head]
            entries[head] = nil
            head += 1
            guard let entry else { continue }
            removed(entry)
            return entry
        }
        return nil
    }

    /// Takes out the message that asks for this acknowledgement.
    mutating func remove(_ id: UInt64) {
        guard let place = places[id], let entry = entries[place] else { return }
        entries[place] = nil
        removed(entry)
    }

    /// Forgets all messages.
    mutating func removeAll() {
        self = OfflineBuffer(packets: limits.packets, bytes: limits.bytes)
    }

    private mutating func removed(_ entry: Entry) {
        if let id = entry.id { places[id] = nil }
        count -= 1
        bytes -= entry.size
        if isEmpty { return removeAll() }
        // Holes may be the majority, but no more than that.
        guard entries.count > 64, entries.count > 2 * count else { return }
        entries = entries.filter { $0 != nil }
        head = 0
        for (place, entry) in entries.enumerated() {
            if let id = entry?.id { places[id] = place }
        }
    }
}
