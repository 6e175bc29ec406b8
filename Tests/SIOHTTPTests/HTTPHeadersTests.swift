import SIOBytes
import SIOHTTP
import Testing

@Suite struct HTTPHeadersTests {
    @Test func `names are matched without case and kept as written`() {
        var headers: HTTPHeaders = ["X-One": "1"]
        #expect(headers["x-one"] == "1")
        #expect(headers["X-ONE"] == "1")
        #expect(headers["X-On"] == nil)
        #expect(headers["X-One "] == nil)
        headers.add("x-ONE", "2")
        #expect(headers.map(\.name) == ["X-One", "x-ONE"])
    }

    @Test func `the first of several values is the one, all are there in order`() {
        let headers: HTTPHeaders = ["A": "1", "B": "2", "a": "3"]
        #expect(headers["a"] == "1")
        #expect(headers.values(of: "A") == ["1", "3"])
        #expect(headers.values(of: "C") == [])
        #expect(headers.count == 3)
        #expect(headers.description == "A: 1\nB: 2\na: 3")
    }

    @Test func `setting a value replaces the first field and removes the others`() {
        var headers: HTTPHeaders = ["A": "1", "B": "2", "a": "3", "C": "4"]
        headers["a"] = "5"
        #expect(headers.description == "a: 5\nB: 2\nC: 4")
        headers["D"] = "6"
        #expect(headers.description == "a: 5\nB: 2\nC: 4\nD: 6")
        headers["B"] = nil
        headers.remove("x")
        headers.remove("d")
        #expect(headers.description == "a: 5\nC: 4")
        #expect(headers.count == 2)
        #expect(headers["a"] == "5" && headers["B"] == nil)
    }

    @Test func `empty headers are empty`() {
        var headers = HTTPHeaders()
        #expect(headers.isEmpty && headers.count == 0 && headers["a"] == nil)
        headers.remove("a")
        headers["a"] = nil
        #expect(headers.isEmpty)
        headers["a"] = ""
        #expect(!headers.isEmpty && headers["a"] == "")
    }

    @Test(arguments: [
        ("a\r\nSet-Cookie: b", "a  Set-Cookie: b"), ("a\nb", "a b"), ("a\rb", "a b"), ("a\u{0}b", "a b"),
        ("\r\n\r\nbody", "body"), ("a\u{7F}", "a"), ("  a\t", "a"), ("a\tb", "a\tb"), ("é", "é"), ("\r\n", ""),
    ])
    func `no value can break out of its line`(value: String, kept: String) {
        var added = HTTPHeaders()
        added.add("X", value)
        var set: HTTPHeaders = ["X": "before", "x": "before"]
        set["X"] = value
        let literal: HTTPHeaders = ["X": value]
        for headers in [added, set, literal] {
            #expect(headers["X"] == kept)
            var machine = HTTPServerMachine()
            var unread = ByteBuffer(text: "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            var out = ByteBuffer()
            #expect(throws: Never.self) { try drain(&machine, &unread) }
            _ = machine.respond(HTTPResponse(headers: headers), into: &out)
            #expect(out.text == "HTTP/1.1 200 OK\r\nX: \(kept)\r\nContent-Length: 0\r\n\r\n")
        }
    }

    @Test(arguments: ["", "a b", "a:", "a\r\nb", "a\nb", "a\u{0}", "é", "a,b", "\"a\""])
    func `what is no token is no name`(name: String) {
        #expect(!HTTPHeaders.isValidName(name))
    }

    @Test func `a name that is no token is a programming error`() async {
        await #expect(processExitsWith: .failure) {
            var headers = HTTPHeaders()
            headers.add("a\r\nb", "c")
        }
        await #expect(processExitsWith: .failure) {
            var headers = HTTPHeaders()
            headers["a b"] = "c"
        }
        await #expect(processExitsWith: .failure) {
            _ = ["": "c"] as HTTPHeaders
        }
    }

    @Test func `asking for a name that is no token finds nothing`() {
        var headers: HTTPHeaders = ["a": "b"]
        #expect(headers["a\r\nb"] == nil)
        headers["a b"] = nil
        #expect(headers.count == 1)
    }

    @Test(arguments: [
        ("upgrade", true), ("Upgrade", true), ("keep-alive, Upgrade", true), ("keep-alive ,\tupgrade , x", true),
        (",,upgrade,", true), ("upgrades", false), ("up grade", false), ("keep-alive", false), ("", false),
        ("x-upgrade", false), ("upgrade;q=1", false),
    ])
    func `a token is found in a list`(value: String, isThere: Bool) {
        let headers: HTTPHeaders = ["Connection": value]
        #expect(headers.containsToken("upgrade", in: "connection") == isThere)
    }

    @Test func `the list goes on in the next field, and stops at the end of its own`() {
        let headers: HTTPHeaders = ["Connection": "a", "Other": "c", "connection": "b,d"]
        #expect(headers.containsToken("b", in: "Connection"))
        #expect(headers.containsToken("d", in: "Connection"))
        #expect(!headers.containsToken("c", in: "Connection"))
        #expect(!headers.containsToken("a", in: "Nothing"))
    }

    @Test func `names of one length and first letter are told apart, also when they stand several times`() {
        let headers: HTTPHeaders = ["X-Aa": "1", "X-Ab": "2", "x-aA": "3", "Y-Aa": "4"]
        #expect(headers["x-ab"] == "2" && headers["X-AC"] == nil && headers["y-aa"] == "4")
        #expect(headers.values(of: "X-AA") == ["1", "3"] && headers.values(of: "X-Ab") == ["2"])
        var changed = headers
        changed["X-Aa"] = nil
        #expect(changed["X-Aa"] == nil && changed.values(of: "X-Ab") == ["2"] && changed.count == 2)
    }

    @Test func `equality ignores the case of names only`() {
        let headers: HTTPHeaders = ["A": "x", "B": "y"]
        #expect(headers == ["a": "x", "b": "y"])
        #expect(headers != ["A": "X", "B": "y"])
        #expect(headers != ["B": "y", "A": "x"])
        #expect(headers != ["A": "x"])
        #expect(["AB": "c"] as HTTPHeaders != ["A": "Bc"])
    }

    @Test func `a long value comes back whole`() {
        let value = String(repeating: "v", count: 100_000)
        let headers: HTTPHeaders = ["A": value, "B": "b"]
        #expect(headers["A"] == value)
        #expect(headers["B"] == "b")
    }

    @Test func `a copy does not see what happens to the original`() {
        var headers: HTTPHeaders = ["A": "1"]
        let copy = headers
        headers["A"] = "2"
        headers.add("B", "3")
        #expect(copy == ["A": "1"])
    }

    @Test(arguments: [("A", "1,3,4"), ("b", "2"), ("C", nil), ("d", ",5")] as [(StaticString, String?)])
    func `the values of one name are joined`(name: StaticString, joined: String?) {
        let headers: HTTPHeaders = ["A": "1", "B": "2", "a": "3", "A": "4", "D": "", "d": "5"]
        var found: String?
        headers.withValue(of: name) { found = $0.string }
        #expect(found == joined)
    }

    @Test func `fields are added behind all others, equal names too`() {
        var headers: HTTPHeaders = ["A": "1"]
        headers.add(HTTPHeaders())
        headers.add(["B": "2", "a": "3"])
        #expect(headers.description == "A: 1\nB: 2\na: 3")
        #expect(headers.count == 3)
        #expect(headers.values(of: "A") == ["1", "3"] && headers.values(of: "b") == ["2"])
        var others = HTTPHeaders()
        others.add(headers)
        #expect(others == headers && others.values(of: "A") == ["1", "3"])
    }

    @Test func `a list ends with its own field`() {
        let headers: HTTPHeaders = ["A": "x", "B": ",y", "A": "z"]
        #expect(!headers.containsToken("y", in: "A") && !headers.containsToken("", in: "A"))
        #expect(headers.containsToken("z", in: "A") && headers.containsToken("", in: "B"))
    }
}
