import SIOBytes
import SIOJSON
import Testing

@Suite struct JSONCursorTests {
    private let parser = JSONParser()

    private func parse(_ text: String) throws -> JSONCursor { try parser.parse(text) }

    @Test func `kinds are told apart`() throws {
        let kinds = try parse(#"[null,true,false,1,18446744073709551615,1.5,"s",[],{}]"#).elements.map(\.kind)
        #expect(kinds == [.null, .true, .false, .integer, .unsigned, .double, .string, .array, .object])
    }

    @Test func `scalars are read, and nothing is made of the wrong kind`() throws {
        let all = try parse(#"[null,true,7,2.0,2.5,"s"]"#).elements.map { $0 }
        #expect(all.map(\.bool) == [nil, true, nil, nil, nil, nil])
        #expect(all.map(\.int64) == [nil, nil, 7, 2, nil, nil])
        #expect(all.map(\.double) == [nil, nil, 7, 2, 2.5, nil])
        #expect(all.map(\.string) == [nil, nil, nil, nil, nil, "s"])
        #expect(all.map(\.length) == [0, 0, 0, 0, 0, 1])
        #expect(all.map(\.isNull) == [true, false, false, false, false, false])
    }

    @Test func `arrays and objects are walked through, over what they hold`() throws {
        let object = try parse(#"{"a":[1,[2,{"x":3}]],"b":{"c":1.5},"d":"e"}"#)
        #expect(object.count == 3)
        #expect(
            object.members.map { "\($0.name.string ?? "")=\($0.value.kind)" } == ["a=array", "b=object", "d=string"])
        #expect(object["a"]?.count == 2)
        #expect(object["a"]?.elements.map(\.kind) == [.integer, .array])
        #expect(object["b"]?["c"]?.double == 1.5)
        #expect(object["x"] == nil)
        #expect(object.elements.map(\.kind) == [])
        #expect(object["d"]?.members.map(\.name.kind) == [])
        #expect(object["d"]?["e"] == nil)
    }

    @Test func `of two members with one name the last counts`() throws {
        #expect(try parse(#"{"a":1,"b":2,"a":3}"#)["a"]?.int64 == 3)
    }

    @Test func `each value's bytes are found in the text`() throws {
        let text = #" [ 1.50 , "a\"]\\" , { "k" : [ ] , "é" : null } , -1e2,true,100000000000000000000,"\ud800" ] "#
        let root = try parse(text)
        #expect(
            root.elements.map { $0.text } == [
                "1.50", #""a\"]\\""#, #"{ "k" : [ ] , "é" : null }"#, "-1e2", "true", "100000000000000000000",
                #""\ud800""#,
            ]
        )
        let object = root.elements.map { $0 }[2]
        #expect(object.members.map { $0.name.text + $0.value.text } == [#""k"[ ]"#, #""é"null"#])
        #expect(root.text == text.dropFirst().dropLast())
        #expect(try parse(" 12 ").text == "12")
    }

    @Test(arguments: [
        (#"["x",{"_placeholder":true,"num":0}]"#, true),
        (#"["x",{"_placeholder":true,"num":1.0}]"#, true),
        (#"["x",{"a":[{"_placeholder":true,"num":1}]}]"#, true),
        (#"["x",{"_placeholder":false,"num":7}]"#, true),
        (#"["x",{"_placeholder":1,"num":7}]"#, true),
        (#"["x",{"num":7}]"#, true),
        (#"["x"]"#, true),
        (#"["x",{"_placeholder":true,"num":2}]"#, false),
        (#"["x",{"_placeholder":true,"num":-1}]"#, false),
        (#"["x",{"_placeholder":true,"num":"splice"}]"#, false),
        (#"["x",{"_placeholder":true,"num":0.5}]"#, false),
        (#"["x",{"_placeholder":true,"num":null}]"#, false),
        (#"["x",{"_placeholder":true}]"#, false),
        (#"["x",1.5,{"deep":[[{"_placeholder":true,"num":9}]]}]"#, false),
    ])
    func `placeholders are checked against the number of attachments`(text: String, isLegal: Bool) throws {
        #expect(try parse(text).hasLegalPlaceholders(attachments: 2) == isLegal)
    }
}
