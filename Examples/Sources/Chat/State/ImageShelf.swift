/// The images of the messages that are kept, the oldest of which make room for new ones.
struct ImageShelf {
    struct Entry {
        var image: Image
        /// Where it was shown.
        var conversation: Conversation
    }

    private var entries: [Int: Entry] = [:]
    /// The ids of the messages, the oldest first.
    private var order: [Int] = []
    private(set) var size = 0

    subscript(id: Int) -> Entry? { entries[id] }

    /// Puts up a message's image; messages come with growing ids.
    mutating func add(_ entry: Entry, id: Int, limit: Int) {
        entries[id] = entry
        order.append(id)
        size += entry.image.image.count
        while size > limit, let oldest = order.first { remove(oldest) }
    }

    /// Takes down a message's image, if it is there.
    mutating func remove(_ id: Int) {
        guard let entry = entries.removeValue(forKey: id) else { return }
        size -= entry.image.image.count
        order.removeAll { $0 == id }
    }
}
