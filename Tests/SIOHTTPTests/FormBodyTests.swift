import SIOHTTP
import Testing

@Suite struct FormBodyTests {
    @Test(arguments: [
        ("d=a", "a"), ("x=1&d=a%3Ab+c", "a:b c"), ("d", ""), ("d=", ""), ("d=1&d=2", "1"), ("%64=e", "e"),
        ("d=a?b", "a?b"),
        ("&&d=%", "%"), ("d=%E2%82%AC", "€"), ("?d=1", nil), ("D=1", nil), ("", nil), ("dd=1", nil),
    ])
    func `a form's item`(body: String, value: String?) {
        #expect(FormBody.item("d", in: Array(body.utf8)) == value)
    }

    @Test func `only so many items are looked at`() {
        let items = Array(repeating: "x=1&", count: HTTPLimits.maxQueryItems).joined()
        #expect(FormBody.item("d", in: Array((items.dropFirst(4) + "d=1").utf8)) == "1")
        #expect(FormBody.item("d", in: Array((items + "d=1").utf8)) == nil)
    }
}
