/// Sockets in a row, for broadcasts to walk along.
///
/// Each member keeps its own place, so that leaving costs O(1).
struct MemberList {
    private(set) var members: ContiguousArray<SocketCore> = []

    /// Adds the socket, and returns its place.
    mutating func append(_ socket: SocketCore) -> Int {
        members.append(socket)
        return members.count - 1
    }

    /// Takes out the member at the place.
    ///
    /// The last one moves there: it is returned, to be told of its new place.
    mutating func remove(at place: Int) -> SocketCore? {
        let last = members.removeLast()
        guard place < members.count else { return nil }
        members[place] = last
        return last
    }
}
