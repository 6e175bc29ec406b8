extension ChatState {
    /// A message that is to reach others.
    struct Delivery: Sendable {
        /// With its image.
        var message: Message
        var conversation: Conversation
    }

    // MARK: Sending

    /// Somebody says something.
    ///
    /// - Returns: The acknowledgement, and what is to reach others: nothing if the message came before.
    mutating func send(_ send: Send, on connection: String, at moment: Moment) throws(Refusal) -> (Sent, Delivery?) {
        let from = try person(on: connection)
        guard Names.isToken(send.key, length: 8...32) else { throw .keyInvalid }
        if let sent = people[from.id]?.answer(to: send.key) { return (sent, nil) }
        let target = try target(room: send.room, to: send.to, from: from)
        try check(send)
        guard people[from.id]?.maySend(at: moment.instant, limits: limits) == true else { throw .tooFast }

        // Behind the ids of an earlier run of the server, too.
        lastID = max(lastID + 1, moment.milliseconds)
        let sent = Sent(id: lastID, at: moment.milliseconds)
        people[from.id]?.remember(sent, to: send.key, limits: limits)

        var message = Message(
            id: sent.id, at: sent.at, from: from, room: target.room, to: target.to, text: send.text,
            picture: send.picture, key: send.key)
        keep(message, image: send.image, in: target.conversation)
        message.image = send.image
        return (sent, Delivery(message: message, conversation: target.conversation))
    }

    private func check(_ send: Send) throws(Refusal) {
        let length = send.text.unicodeScalars.count
        guard length <= limits.textLength, send.picture != nil || !Names.isBlank(send.text) else { throw .textInvalid }
        guard send.picture != nil || send.image != nil else { return }
        guard let picture = send.picture, let image = send.image else { throw .imageInvalid }
        guard image.count <= limits.imageSize else { throw .imageTooLarge }
        let sides = 1...limits.imageSide
        guard limits.imageKinds.contains(picture.mime), !image.isEmpty, picture.size == image.count,
            sides.contains(picture.width), sides.contains(picture.height)
        else { throw .imageInvalid }
    }

    // MARK: Typing

    /// Somebody begins to write, or stops.
    ///
    /// - Returns: What others are told, and where.
    func typing(_ typing: StartOrStopTyping, on connection: String) throws(Refusal) -> (Typing, Conversation) {
        let from = try person(on: connection)
        let target = try target(room: typing.room, to: typing.to, from: from)
        return (Typing(room: target.room, to: target.to?.id, from: from, on: typing.on), target.conversation)
    }

    /// The one room, or the one person, that is meant.
    private func target(
        room: String?, to id: String?, from: Who
    ) throws(Refusal) -> (conversation: Conversation, room: String?, to: Who?) {
        switch (room, id) {
        case (let room?, nil):
            let key = Names.folded(room)
            guard let record = rooms[key], record.people.contains(from.id) else { throw .roomUnknown }
            return (.room(key), record.name, nil)
        case (nil, let id?):
            guard let to = who(id) else { throw .personUnknown }
            return (.between(from.id, id), nil, to)
        default:
            throw .malformed
        }
    }

    // MARK: Images

    /// Somebody wants an image that was sent earlier.
    ///
    /// Whether there is one that others may see is not told.
    func image(_ wanted: FetchImage, on connection: String) throws(Refusal) -> Image {
        let id = try person(on: connection).id
        guard let entry = images[wanted.id] else { throw .imageGone }
        let mayRead =
            switch entry.conversation {
            case .room(let key): rooms[key]?.people.contains(id) == true
            case .talk: entry.conversation.isTalk(of: id)
            }
        guard mayRead else { throw .imageGone }
        return entry.image
    }

    // MARK: Keeping

    private mutating func keep(_ message: Message, image: [UInt8]?, in conversation: Conversation) {
        if conversation.isTalk, histories[conversation] == nil { makeRoomForTalk() }
        if let dropped = histories[conversation, default: History()].append(message, limit: limits.history) {
            images.remove(dropped.id)
        }
        if let image, let mime = message.picture?.mime {
            let entry = ImageShelf.Entry(image: Image(image: image, mime: mime), conversation: conversation)
            images.add(entry, id: message.id, limit: limits.imagesSize)
        }
    }

    private mutating func makeRoomForTalk() {
        let talks = histories.filter(\.key.isTalk)
        guard talks.count >= limits.talks else { return }
        if let silent = talks.min(by: { $0.value.lastID < $1.value.lastID }) { forget(silent.key) }
    }

    /// Forgets what was said in a conversation.
    mutating func forget(_ conversation: Conversation) {
        guard let history = histories.removeValue(forKey: conversation) else { return }
        for message in history.messages { images.remove(message.id) }
    }
}
