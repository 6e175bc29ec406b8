import SIOHTTP
import Testing

@Suite struct HTTPMethodTests {
    @Test func `methods are case-sensitive names`() {
        #expect(HTTPMethod("GET") == .get)
        #expect(HTTPMethod("get") != .get)
        #expect(HTTPMethod.options.name == "OPTIONS")
        #expect("\(HTTPMethod("M-SEARCH"))" == "M-SEARCH")
    }

    @Test func `what is no token is a programming error`() async {
        await #expect(processExitsWith: .failure) { _ = HTTPMethod("GET /") }
        await #expect(processExitsWith: .failure) { _ = HTTPMethod("") }
    }
}
