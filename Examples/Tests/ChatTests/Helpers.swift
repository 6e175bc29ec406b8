@testable import chat

typealias Moment = ChatState.Moment

let start = Moment(milliseconds: 1_700_000_000_000, instant: .now)

func + (moment: Moment, seconds: Int) -> Moment {
    Moment(milliseconds: moment.milliseconds + seconds * 1000, instant: moment.instant + .seconds(seconds))
}

/// What a page of this name passes when it connects.
func credentials(_ name: String) -> Credentials {
    let padding = String(repeating: "-", count: 20 - name.utf8.count)
    return Credentials(id: name + padding, key: "key-" + padding + name, name: name)
}

/// The id of the person with this name.
func id(_ name: String) -> String { credentials(name).id }

func picture(_ size: Int, mime: String = "image/png", width: Int = 4, height: Int = 3) -> Picture {
    Picture(mime: mime, width: width, height: height, size: size)
}

extension ChatState {
    /// A chat where these people are online, all in the lobby, each on a connection of their name.
    static func with(_ names: String..., limits: ChatLimits = ChatLimits()) throws -> ChatState {
        var state = ChatState(limits: limits)
        for name in names { _ = try state.come(name) }
        return state
    }

    /// Somebody's page says hello.
    mutating func come(
        _ name: String, on connection: String? = nil, rooms: [String: Int] = ["Lobby": 0], direct: Int = 0,
        at moment: Moment = start
    ) throws(Refusal) -> Welcome {
        let hello = Hello(name: name, rooms: rooms, direct: direct)
        return try self.hello(hello, from: credentials(name), on: connection ?? name, at: moment)
    }

    /// Somebody says something to a room, with a key that is the text's own.
    mutating func say(
        _ text: String, by name: String, in room: String? = "Lobby", to other: String? = nil, key: String? = nil,
        picture: Picture? = nil, image: [UInt8]? = nil, at moment: Moment = start
    ) throws(Refusal) -> (sent: Sent, delivery: Delivery?) {
        let key = key ?? "key-\(lastID)-\(name)"
        let send = Send(
            key: key, room: other == nil ? room : nil, to: other.map(id), text: text, picture: picture, image: image)
        let (sent, delivery) = try self.send(send, on: name, at: moment)
        return (sent, delivery)
    }
}
