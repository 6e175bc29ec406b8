import SIOHTTP
import Testing

@Suite struct `The coding that a client wants` {
    @Test(
        arguments: [
            ([], nil), ([""], nil), (["gzip"], .gzip), (["deflate"], .deflate), (["br"], nil), (["identity"], nil),
            (["gzip, deflate, br"], .gzip), (["deflate, gzip"], .gzip), (["br;q=1.0, deflate;q=0.8"], .deflate),
            (["gzip;q=0.5, deflate;q=0.501"], .deflate), (["gzip;q=0.5", "deflate;q=1"], .deflate),
            (["GZIP"], .gzip), (["x-gzip"], .gzip), ([" gzip ; q = 0.1 "], .gzip),
            (["*"], .gzip), (["gzip;q=0, *"], .deflate), (["*;q=0"], nil), (["*;q=0, deflate"], .deflate),
            (["gzip;q=0"], nil), (["gzip;q=0.0, deflate;q=0.000"], nil), (["gzip;q=1.000"], .gzip),
            (["identity, gzip;q=0.5"], nil), (["identity;q=0.5, gzip;q=0.5"], .gzip),
            (["identity;q=0, gzip;q=0.1"], .gzip),
            // What is no weight makes the element none.
            (["gzip;q=2"], nil), (["gzip;q=1.001"], nil), (["gzip;q=0.1234"], nil), (["gzip;q=-1"], nil),
            (["gzip;q="], nil), (["gzip;q"], nil), (["gzip;x=1"], nil), (["gzip;q=1;q=1"], nil), (["gzip;q=.5"], nil),
            (["gzip;q=0x1, deflate"], .deflate), (["gzip;q=0.+5, deflate"], .deflate), ([";q=1, ,"], nil),
            (["gzip deflate"], nil),
        ] as [([String], ContentCoding?)])
    func `is the one with the most weight`(values: [String], expected: ContentCoding?) {
        var headers = HTTPHeaders()
        for value in values { headers.add("Accept-Encoding", value) }
        #expect(ContentCoding.preferred(by: headers) == expected)
    }

    @Test func `a hostile value takes linear time`() {
        for value in [",", ";", "gzip,", "gzip;q=0.1,", "a;"] {
            let headers: HTTPHeaders = ["Accept-Encoding": String(repeating: value, count: 50_000)]
            #expect(ContentCoding.preferred(by: headers) == (value.hasPrefix("gzip") ? .gzip : nil))
        }
    }
}
