import SIOHTTP
import Testing

@Suite struct HTTPStatusTests {
    @Test func `a status knows its phrase and is equal by its code`() {
        #expect(HTTPStatus(404).reasonPhrase == "Not Found")
        #expect("\(HTTPStatus.contentTooLarge)" == "413 Content Too Large")
        #expect(HTTPStatus(200, reasonPhrase: "Fine") == .ok)
        #expect(HTTPStatus(200, reasonPhrase: "Fine").reasonPhrase == "Fine")
        #expect(HTTPStatus(299).reasonPhrase == "")
        #expect(Set([HTTPStatus(200), HTTPStatus(200, reasonPhrase: "x")]).count == 1)
    }

    @Test func `no phrase can break out of its line`() {
        #expect(HTTPStatus(200, reasonPhrase: "a\r\nX: y\u{0}").reasonPhrase == "a  X: y ")
    }

    @Test func `a code has three digits`() async {
        #expect(HTTPStatus(100).code == 100)
        #expect(HTTPStatus(999).code == 999)
        await #expect(processExitsWith: .failure) { _ = HTTPStatus(99) }
        await #expect(processExitsWith: .failure) { _ = HTTPStatus(1000) }
    }
}
