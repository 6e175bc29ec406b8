import SIOBytes
import SIOJSON
import Testing

@testable import socketio_tool

@Suite struct `The command-line tool` {
    @Test func `helps, with all and with one`() async {
        for arguments in [["--help"], ["-h"], ["help"]] {
            let said = Said()
            #expect(await Tool(console: said.console()).run(arguments) == .success)
            for command in Tool.commands {
                #expect(said.output.contains("  \(command.name) ") && said.output.contains(command.summary))
            }
        }
        for command in Tool.commands {
            #expect(command.usage.hasPrefix("usage: socketio \(command.name) "))
            let (code, said) = await run(command.name, "--help")
            #expect(code == 0 && said.output == command.usage + "\n" && said.errors.isEmpty)
            #expect(await run("help", command.name).said.output == said.output)
        }
    }

    @Test(arguments: [
        ([], "usage"), (["dance"], "there is no command dance"), (["decode", "--what"], "there is no option --what"),
        (["decode", "--as"], "--as needs a value"), (["decode", "--as", "x", "2"], "x is no layer"),
        (["decode", "--json=1", "2"], "--json takes no value"), (["decode", "a", "b"], "one argument"),
        (["decode", "--hex", "--base64", "00"], "not both"), (["decode", "--hex", "0"], "not hexadecimal"),
        (["decode", "--hex", "0g"], "not hexadecimal"), (["decode", "--base64", "?"], "not base64"),
    ])
    func `says what makes no sense, and ends with 64`(arguments: [String], words: String) async {
        let said = Said()
        #expect(await Tool(console: said.console()).run(arguments).value == 64)
        #expect(said.errors.contains(words) && said.errors.contains("usage: socketio") && said.output.isEmpty)
    }

    @Test(arguments: [
        (["decode", "2probe"], ""), (["decode", "--as", "engine", "-"], "2probe\n"), (["decode"], "2probe"),
        (["decode", "--hex", "32 70:72,0x6f 62 65"], ""), (["decode", "--base64"], "MnBy\nb2Jl\n"),
        (["decode", "--as=engine", "--", "2probe"], ""),
    ])
    func `decodes what it is given, however it is given`(arguments: [String], input: String) async {
        let said = Said()
        #expect(await Tool(console: said.console(input: Array(input.utf8))).run(arguments) == .success)
        #expect(
            said.output == """
                0000–0005  Engine.IO packet: ping
                0000         type: 2 (ping)
                0001–0005    data: probe

                """)
    }

    @Test func `tells programs in JSON`() async {
        let (code, said) = await run("decode", "--json", "2[\"a\"")
        #expect(code == 1)
        #expect(
            said.output
                == #"{"layer":"packet","valid":false,"parts":[{"name":"Socket.IO packet","value":"EVENT","start":0,"end":5,"#
                + #""parts":[{"name":"type","value":"2 (EVENT)","start":0,"end":1},{"name":"namespace","value":"/","start":1,"end":1},"#
                + #"{"name":"fault","value":"a comma or ] was expected","start":5,"end":5,"fault":true}]}]}"# + "\n")
    }

    @Test func `is coloured for terminals alone, which bytes cannot command`() async {
        #expect(await !run("decode", "2probe").said.output.contains("\u{1B}"))
        let coloured = await run("decode", "2\u{1B}[31m", hasColours: true).said.output
        #expect(coloured.contains("\u{1B}[1mEngine.IO packet\u{1B}[0m") && !coloured.contains("\u{1B}[31m"))
        let bare = await run("decode", "--as", "packet", "2[\"\u{202E}\u{85}\"]").said.output
        #expect(!bare.contains("\u{202E}") && bare.contains("\\u{202e}"))
    }

    /// What a peer may write, and a terminal would obey: names of fields, and keys of MessagePack.
    @Test(arguments: [
        ["decode", "--as", "http", "GET / HTTP/1.1\r\nHost: x\r\nX-\u{9B}31m\u{202E}: 1\r\n\r\n"],
        ["decode", "--as", "msgpack", "--hex", "81 a5 c29b e280ae 01"],
    ])
    func `writes no name of a peer's that commands a terminal`(arguments: [String]) async {
        let tree = await run(arguments).said.output
        #expect(!tree.contains("\u{9B}") && !tree.contains("\u{202E}"))
        #expect(tree.contains("\\u{9b}") && tree.contains("\\u{202e}"))
        let json = await run([arguments[0], "--json"] + arguments.dropFirst()).said.output
        #expect(!json.contains("\u{9B}") && !json.contains("\u{202E}"))
        #expect(json.contains("\\u009b") && json.contains("\\u202e"))
    }

    @Test func `writes no event's name that commands a terminal, in JSON or not`() {
        for isJSON in [false, true] {
            let said = Said()
            let writer = EventWriter(console: said.console(), isJSON: isJSON)
            writer.event("a\u{9B}\u{202E}b", EventArguments(values: []))
            writer.acknowledgement("a\u{9B}\u{202E}b", .null)
            #expect(!said.output.contains("\u{9B}") && !said.output.contains("\u{202E}"))
            #expect(said.output.contains(isJSON ? #"{"event":"a\u009b\u202eb","args":[]}"# : #"a\u{9b}\u{202e}b"#))
            #expect(
                said.output.contains(isJSON ? #"{"ack":"a\u009b\u202eb","data":null}"# : #"a\u{9b}\u{202e}b! = null"#))
        }
        let key = JSONText.object([("\u{9B}", .text("\u{202E}\"\n"))]).line
        #expect(key == #"{"\u009b":"\u202e\"\n"}"#)
    }

    @Test func `the example of the help is a good one`() async throws {
        let examples = DecodeCommand().usage.split(separator: "\n").filter { $0.hasPrefix("  socketio decode") }
        #expect(examples.count == 2)
        for example in examples {
            let bytes = try #require(example.split(separator: "'").dropFirst().first)
            let arguments = example.contains("--hex") ? ["decode", "--hex", String(bytes)] : ["decode", String(bytes)]
            let said = Said()
            #expect(await Tool(console: said.console()).run(arguments) == .success, "\(said.output)")
            #expect(said.output.contains("event: \"hello\""))
        }
    }

    @Test func `reads lines, the last of which need not end`() async throws {
        let input = StandardInput(Array("one\r\n\ntwo\nthree".utf8))
        var lines: [String] = []
        while let line = try await input.nextLine() { lines.append(line) }
        #expect(lines == ["one", "", "two", "three"])
        #expect(try await input.nextLine() == nil)
        #expect(await StandardInput([1, 2, 3]).all(limit: 3) == [1, 2, 3])
        #expect(await StandardInput([1, 2, 3]).all(limit: 2) == nil)
    }
}

@Suite struct `Arguments of a command` {
    private let options: [Arguments.Option] = [.flag("json", "j"), .value("auth", "a")]

    @Test func `are options with and without values, and the rest`() throws {
        let arguments = try Arguments(
            ["URL", "-a", "1", "--auth=2=3", "--json", "-", "--", "--auth", "-j"], options)
        #expect(arguments.positionals == ["URL", "-", "--auth", "-j"])
        #expect(arguments.has("json") && arguments.value("auth") == "2=3" && arguments.all("auth") == ["1", "2=3"])
        let none = try Arguments(["--auth", "--json"], options)
        #expect(!none.has("json") && none.value("auth") == "--json" && none.all("json").isEmpty)
    }
}
