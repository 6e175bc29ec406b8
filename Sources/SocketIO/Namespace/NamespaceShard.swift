import SIONet

/// What one loop holds of a namespace: the sockets that live there, and the rooms they are in.
final class NamespaceShard {
    private let loop: EventLoop
    // Nobody is called while it changes, or is asked: it holds nothing. Each leaves before it ends.
    @exclusivity(unchecked) private(set) var sockets: [String: Uncounted<SocketCore>] = [:]
    private var all = MemberList()
    private var rooms: [String: MemberList] = [:]
    /// The sockets that listen to what is sent to them.
    var hearers = 0
    /// Counts the walks over several rooms, so that a socket in two of them is visited once.
    private var walk: UInt64 = 0
    /// Whether its rooms are in the ``RoomCensus``.
    var isCounted = false

    init(loop: EventLoop) {
        self.loop = loop
    }

    // MARK: Sockets

    func add(_ socket: SocketCore, as id: String) {
        sockets[id] = Uncounted(socket)
        socket.place = UInt32(all.append(socket))
    }

    func remove(_ socket: SocketCore, as id: String) {
        guard sockets.removeValue(forKey: id) != nil else { return }
        all.remove(at: Int(socket.place))?.place = socket.place
    }

    // MARK: Rooms

    /// A socket's place in each room it is in.
    ///
    /// Its own room is not among them: that is the table of sockets.
    func join(_ socket: SocketCore, _ room: String) {
        socket.places[room] = rooms[room, default: MemberList()].append(socket)
    }

    func leave(_ socket: SocketCore, _ room: String) {
        guard let place = socket.places.removeValue(forKey: room) else { return }
        rooms[room]?.remove(at: place)?.places[room] = place
        if rooms[room]?.members.isEmpty == true { rooms[room] = nil }
    }

    /// The number of sockets in each room, their own rooms among them.
    var memberCounts: [String: Int] {
        var counts = rooms.mapValues(\.members.count)
        for (id, socket) in sockets where socket.use(\.isInOwnRoom) { counts[id, default: 0] += 1 }
        return counts
    }

    // MARK: Walking

    /// Calls the body once with each socket that the options choose.
    ///
    /// The body must not change who is where.
    func forEach(_ options: BroadcastOptions, _ body: (SocketCore) -> Void) {
        if options.except.isEmpty {
            guard let first = options.rooms.first else { return all.forEach(body) }
            if options.rooms.count == 1 {
                sockets[first]?.use { if $0.isInOwnRoom, $0.places[first] == nil { body($0) } }
                rooms[first]?.forEach(body)
                return
            }
        }
        walk += 1
        for room in options.except { forEachMember(of: room) { $0.walk = walk } }
        func visit(_ socket: SocketCore) {
            guard socket.walk != walk else { return }
            socket.walk = walk
            body(socket)
        }
        if options.rooms.isEmpty {
            all.forEach(visit)
        } else {
            for room in options.rooms { forEachMember(of: room, visit) }
        }
    }

    private func forEachMember(of room: String, _ body: (SocketCore) -> Void) {
        sockets[room]?.use { if $0.isInOwnRoom { body($0) } }
        rooms[room]?.forEach(body)
    }

    /// The number of sockets that the options choose.
    func count(_ options: BroadcastOptions) -> Int {
        var count = 0
        forEach(options) { _ in count += 1 }
        return count
    }

    /// The sockets that the options choose, to be changed while walking.
    func select(_ options: BroadcastOptions) -> [SocketCore] {
        var chosen: [SocketCore] = []
        forEach(options) { chosen.append($0) }
        return chosen
    }

    // MARK: Connection state recovery

    /// Does what stands in the log up to a ticket and was not done by this loop: all that whoever drew the ticket called before.
    ///
    /// No more than that, or others could keep the loop here.
    func goOn(with recovery: Recovery, upTo ticket: RecoveryLog.Ticket) {
        // One by one: a listener to what is sent may send something itself, which comes behind what is there.
        while let step = recovery.next(for: loop, upTo: ticket) {
            switch step {
            case .run(let body): body(self)
            case .send(let position, let entry): send(entry, at: position)
            }
        }
    }

    private func send(_ entry: RecoveryLog.Entry, at position: Int) {
        switch entry.target {
        case .socket(let id, _):
            guard let socket = sockets[id]?.object else { return }
            socket.send(entry.packet, at: position, compress: entry.compress)
            socket.tell(entry.packet)
        case .many(let options):
            forEach(options) { $0.send(entry.packet, at: position, compress: entry.compress) }
            if hearers > 0 { for socket in select(options) { socket.tell(entry.packet) } }
        }
    }
}
