import EngineIOProtocol
import Testing

@Suite struct JSONPTests {
    @Test(arguments: [
        ("1:6", #"___eio[0]("1:6");"#),
        (#"7:42["a"]"#, #"___eio[0]("7:42[\"a\"]");"#),
        (#"4:4\n"#, #"___eio[0]("4:4\\n");"#),
        ("4:4\n\t\u{1}", #"___eio[0]("4:4\u000a\u0009\u0001");"#),
        ("3:4\u{2028}\u{2029}", #"___eio[0]("3:4\u2028\u2029");"#),
        ("2:4\u{202A}", "___eio[0](\"2:4\u{202A}\");"),
        ("2:4€😀", #"___eio[0]("2:4€😀");"#),
        ("</script>", #"___eio[0]("\u003c/script>");"#),
    ])
    func `a payload is a string of JavaScript`(payload: String, script: String) {
        #expect(String(decoding: JSONP.script(utf8(payload), index: "0"), as: UTF8.self) == script)
    }

    @Test func `the end of a payload is no place for half a character`() {
        #expect(JSONP.script([0xE2, 0x80], index: "0") == utf8(#"___eio[0](""#) + [0xE2, 0x80] + utf8(#"");"#))
    }

    @Test(arguments: [
        ("7", "7"), ("<script>", ""), ("1];alert(2);//", "12"), ("", ""), ("٣", ""),
        (String(repeating: "1", count: 20), String(repeating: "1", count: 20)),
        (String(repeating: "1", count: 21), String(repeating: "1", count: 20)),
    ])
    func `of an index the digits are kept`(index: String, kept: String) {
        #expect(JSONP.script([], index: index) == utf8("___eio[\(kept)](\"\");"))
    }

    @Test(arguments: [
        ("1:2", "1:2"),
        (#"2:4\n"#, "2:4\n"),
        (#"3:4\\n"#, #"3:4\n"#),
        (#"\\\n"#, #"\\n"#),
        (#"\\\\n"#, #"\\\n"#),
        (#"\"#, #"\"#),
        (#"\\"#, #"\\"#),
        (#"\t\"#, #"\t\"#),
        (#"\n\n"#, "\n\n"),
        ("n\\", "n\\"),
        ("", ""),
    ])
    func `a form's field has its line ends escaped`(field: String, payload: String) {
        #expect(JSONP.payload(ofField: field) == utf8(payload))
    }
}
