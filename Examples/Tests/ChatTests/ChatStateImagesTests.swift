import Testing

@testable import chat

@Suite struct ChatStateImagesTests {
    private static let bytes: [UInt8] = [1, 2, 3]

    @Test func `an image comes with its message, and is fetched later`() throws {
        var state = try ChatState.with("Ada", "Grace")
        let (sent, delivery) = try state.say("", by: "Ada", picture: picture(3), image: Self.bytes)
        #expect(delivery?.message.image == Self.bytes)
        let message = try #require(try state.come("Noor").rooms["Lobby"]?.first)
        #expect(message.image == nil)
        #expect(message.picture == picture(3))
        #expect(try state.image(FetchImage(id: sent.id), on: "Noor") == Image(image: Self.bytes, mime: "image/png"))
    }

    @Test(
        arguments: [
            (picture(4), [1, 2, 3]), (picture(0), []), (picture(3, mime: "image/svg+xml"), [1, 2, 3]),
            (picture(3, width: 0), [1, 2, 3]), (picture(3, height: 10_001), [1, 2, 3]), (picture(3), nil),
            (nil, [1, 2, 3]),
        ] as [(Picture?, [UInt8]?)])
    func `an image that is not what it says is refused`(picture: Picture?, image: [UInt8]?) throws {
        var state = try ChatState.with("Ada")
        #expect(throws: Refusal.imageInvalid) { try state.say("Look", by: "Ada", picture: picture, image: image) }
    }

    @Test func `an image may have its limits, and no more`() throws {
        var state = try ChatState.with("Ada")
        var image = [UInt8](repeating: 0, count: 700_000)
        let (mime, side) = ("image/webp", 10_000)
        _ = try state.say(
            "", by: "Ada", picture: picture(image.count, mime: mime, width: side, height: side), image: image)
        image.append(0)
        #expect(throws: Refusal.imageTooLarge) {
            try state.say("", by: "Ada", picture: picture(image.count), image: image)
        }
    }

    @Test func `an image is for those who could read its message`() throws {
        var state = try ChatState.with("Ada", "Grace", "Noor")
        let direct = try state.say("", by: "Ada", to: "Grace", picture: picture(3), image: Self.bytes).sent.id
        _ = try state.join(Join(room: "Garden"), on: "Ada")
        let room = try state.say("", by: "Ada", in: "Garden", picture: picture(3), image: Self.bytes).sent.id
        _ = try state.image(FetchImage(id: direct), on: "Grace")
        #expect(throws: Refusal.imageGone) { try state.image(FetchImage(id: direct), on: "Noor") }
        #expect(throws: Refusal.imageGone) { try state.image(FetchImage(id: room), on: "Grace") }
        _ = try state.join(Join(room: "Garden"), on: "Grace")
        _ = try state.image(FetchImage(id: room), on: "Grace")
    }

    @Test func `the oldest images make room for new ones`() throws {
        var limits = ChatLimits()
        limits.imagesSize = 6
        var state = try ChatState.with("Ada", limits: limits)
        let ids = try (0..<3).map { _ in
            try state.say("", by: "Ada", picture: picture(3), image: Self.bytes).sent.id
        }
        #expect(throws: Refusal.imageGone) { try state.image(FetchImage(id: ids[0]), on: "Ada") }
        _ = try state.image(FetchImage(id: ids[1]), on: "Ada")
        _ = try state.image(FetchImage(id: ids[2]), on: "Ada")
        #expect(state.images.size == 6)
    }

    @Test func `an image goes with its message`() throws {
        var limits = ChatLimits()
        limits.history = 2
        var state = try ChatState.with("Ada", limits: limits)
        let id = try state.say("", by: "Ada", picture: picture(3), image: Self.bytes).sent.id
        _ = try state.say("1", by: "Ada")
        _ = try state.image(FetchImage(id: id), on: "Ada")
        _ = try state.say("2", by: "Ada")
        #expect(throws: Refusal.imageGone) { try state.image(FetchImage(id: id), on: "Ada") }
        #expect(state.images.size == 0)
    }
}
