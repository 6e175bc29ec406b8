import EngineIOProtocol
import SIOBytes
import Testing

@Suite struct EngineServerSessionPollingTests {
    @Test func `a GET is held until something is sent, and takes all of one turn`() {
        var session = EngineServerSession.polling()
        #expect(session.pollArrived(now: start) == .hold)
        #expect(session.flush() == nil)
        #expect(session.send("a") == .buffered)
        #expect(session.send([1, 2, 3]) == .buffered)
        #expect(session.send("b") == .buffered)
        #expect(session.actions() == [])
        #expect(session.flush() == utf8("4a\u{1E}bAQID\u{1E}4b"))
        #expect(session.flush() == nil)
        #expect(session.pollArrived(now: start) == .hold)
    }

    @Test func `what was sent without a GET leaves with the next one`() {
        var session = EngineServerSession.polling()
        #expect(session.send("a") == .buffered)
        #expect(session.flush() == nil)
        #expect(session.pollArrived(now: start) == .respond(utf8("4a")))
    }

    @Test func `a second GET ends the session`() {
        var session = EngineServerSession.polling()
        #expect(session.pollArrived(now: start) == .hold)
        #expect(session.pollArrived(now: start) == .overlap)
        #expect(session.actions() == [.respondPoll(utf8("1")), .closed(.transportError, .pollOverlap)])
        #expect(session.pollArrived(now: start) == .refuse(.unknownSession("S")))
    }

    @Test func `a second POST ends the session`() {
        var session = EngineServerSession.polling()
        #expect(session.pollArrived(now: start) == .hold)
        #expect(session.postArrived(isBinary: false, now: start) == .accept)
        #expect(session.postArrived(isBinary: false, now: start) == .overlap)
        #expect(session.actions() == [.respondPoll(utf8("1")), .abortPost, .closed(.transportError, .postOverlap)])
        #expect(session.postArrived(isBinary: false, now: start) == .refuse(.unknownSession("S")))
    }

    @Test func `a POST of bytes ends the session, and is answered`() {
        var session = EngineServerSession.polling()
        #expect(session.postArrived(isBinary: true, now: start) == .invalidContent)
        #expect(session.actions() == [.closed(.transportError, .invalidContent)])
    }

    @Test func `an aborted GET ends the session`() {
        var session = EngineServerSession.polling()
        session.pollAborted(now: start)
        #expect(session.actions() == [])
        #expect(session.pollArrived(now: start) == .hold)
        session.pollAborted(now: start)
        #expect(session.actions() == [.closed(.transportError, .pollAborted)])
    }

    @Test func `an aborted POST ends the session`() {
        var session = EngineServerSession.polling()
        #expect(session.pollArrived(now: start) == .hold)
        session.postAborted(now: start)
        #expect(session.actions() == [])
        #expect(session.postArrived(isBinary: false, now: start) == .accept)
        session.postAborted(now: start)
        #expect(session.actions() == [.respondPoll(utf8("1")), .closed(.transportError, .postAborted)])
    }

    @Test func `a POST that was too large does not end the session`() {
        var session = EngineServerSession.polling()
        #expect(session.postArrived(isBinary: false, now: start) == .accept)
        session.postRejected()
        #expect(session.isOpen)
        #expect(session.post("4a") == ["a", "ok"])
    }

    @Test func `packets of a POST come one by one`() {
        var session = EngineServerSession.polling()
        #expect(
            session.post("42[\"a\"]\u{1E}6\u{1E}bAQID\u{1E}5\u{1E}0\u{1E}4") == ["2[\"a\"]", "[1, 2, 3]", "", "ok"])
        #expect(session.actions() == [])
    }

    @Test(arguments: ["abc", "", "4\u{1E}", "b!"])
    func `a bad packet ends the session, and its POST gets no answer`(body: String) {
        var session = EngineServerSession.polling()
        #expect(session.pollArrived(now: start) == .hold)
        #expect(session.post(body).last == "abort")
        #expect(session.actions() == [.respondPoll(utf8("1")), .closed(.parseError, .invalidPacket)])
        #expect(session.pollArrived(now: start) == .refuse(.unknownSession("S")))
    }

    @Test func `messages in front of a bad packet count`() {
        var session = EngineServerSession.polling()
        #expect(session.post("4a\u{1E}4b\u{1E}x") == ["a", "b", "abort"])
    }

    @Test func `a payload with one packet more than the limit ends the session`() {
        var session = EngineServerSession.polling { $0.limits.packetsPerPayload = 2 }
        #expect(session.post("4a\u{1E}4b") == ["a", "b", "ok"])
        #expect(session.post("4a\u{1E}4b\u{1E}4c") == ["a", "b", "abort"])
        #expect(session.actions() == [.closed(.parseError, .invalidPacket)])
    }

    @Test func `a client leaves with a POST of 1 and the held GET gets a noop`() {
        var session = EngineServerSession.polling()
        #expect(session.pollArrived(now: start) == .hold)
        #expect(session.post("1\u{1E}4late") == ["ok"])
        #expect(session.actions() == [.respondPoll(utf8("6")), .closed(.transportClose, nil)])
        #expect(session.pollArrived(now: start) == .refuse(.unknownSession("S")))
    }

    @Test func `a session may be closed in the middle of a POST`() {
        var session = EngineServerSession.polling()
        #expect(session.pollArrived(now: start) == .hold)
        #expect(session.postArrived(isBinary: false, now: start) == .accept)
        let body = utf8("4a\u{1E}4b")
        #expect(session.nextPacket(ofPost: body.span.bytes, now: start) == .message(1..<2))
        session.close(now: start)
        #expect(session.nextPacket(ofPost: body.span.bytes, now: start) == .ok)
        #expect(session.actions() == [.respondPoll(utf8("1")), .closed(.forcedClose, nil)])
    }

    @Test func `a POST on its way when the session fails is given up`() {
        var session = EngineServerSession.polling()
        #expect(session.postArrived(isBinary: false, now: start) == .accept)
        #expect(session.pollArrived(now: start) == .hold)
        session.pollAborted(now: start)
        #expect(session.actions() == [.abortPost, .closed(.transportError, .pollAborted)])
        #expect(session.read("4a") == ["abort"])
    }
}
