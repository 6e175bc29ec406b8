import EngineIO
import SIONet

/// Sockets in a row, for broadcasts to walk along.
///
/// Each member keeps its own place, so that leaving costs O(1).
struct MemberList {
    /// Each leaves before it ends; a walk counts no references.
    private(set) var members: ContiguousArray<Uncounted<SocketCore>> = []

    /// Adds the socket, and returns its place.
    mutating func append(_ socket: SocketCore) -> Int {
        members.append(Uncounted(socket))
        return members.count - 1
    }

    /// Takes out the member at the place.
    ///
    /// The last one moves there: it is returned, to be told of its new place.
    mutating func remove(at place: Int) -> SocketCore? {
        let last = members.removeLast()
        guard place < members.count else { return nil }
        members[place] = last
        return last.object
    }

    /// Calls the body with each member; it must not change who is where.
    ///
    /// What a broadcast reaches for, one object behind the other, comes into the cache while it is busy with those in front.
    @inline(__always)
    func forEach(_ body: (SocketCore) -> Void) {
        members.withUnsafeBufferPointer { members in
            for index in 0..<members.count {
                if index + 4 < members.count, let third = members[index + 3].use(\.session),
                    let second = members[index + 2].use(\.session), let first = members[index + 1].use(\.session)
                {
                    let fourth = members[index + 4].address
                    first.use { $0.prefetchConnection(and: second, third.address, fourth) }
                }
                members[index].use(body)
            }
        }
    }
}
