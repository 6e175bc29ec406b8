import SIOHTTP
import Testing

@Suite struct HTTPErrorTests {
    @Test(arguments: [
        (HTTPError.invalidRequestLine, 400), (.conflictingLengths, 400), (.bareLineFeed, 400), (.invalidChunk, 400),
        (.requestTimeout, 408), (.bodyTooLarge, 413), (.requestLineTooLong, 414), (.unsupportedExpectation, 417),
        (.headersTooLarge, 431), (.tooManyHeaders, 431), (.unsupportedMethod, 501),
        (.unsupportedTransferEncoding, 501), (.unsupportedVersion, 505),
    ])
    func `a fault carries its answer`(error: HTTPError, code: Int) {
        #expect(error.status.code == code)
    }

    @Test func `a fault has a name for logs`() {
        #expect(HTTPError.conflictingLengths.rawValue == "conflicting-lengths")
    }
}
