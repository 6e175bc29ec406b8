import Glibc
import SIOJSON
import SocketIO
import TestSupport
import Testing

@testable import socketio_tool

@Suite struct `The commands that connect` {
    // MARK: emit

    @Test(arguments: [
        (["hello"], #""hello""#), (["hello there"], #""hello there""#), (["42"], "42"), (["-5"], "-5"),
        ([#"{"a":[1,2]}"#], #"{"a":[1,2]}"#), (["null"], "null"), ([#""1""#], #""1""#), ([], "null"),
    ])
    func `emit sends, and prints the acknowledgement`(arguments: [String], reply: String) async throws {
        try await withServer { url, _ in
            let said = Said()
            let code = await Tool(console: said.console()).run(["emit", url, "echo"] + arguments + ["--ack"])
            #expect(code == .success && said.errors.isEmpty, "\(said.errors)")
            #expect(said.output == reply + "\n")
        }
    }

    @Test(arguments: ["polling", "websocket", "polling,websocket"])
    func `emit returns when all has left`(transports: String) async throws {
        let received = Mailbox<Int>()
        try await withServer { io in
            io.on(.connection) { socket in
                socket.on("upload") { (text: String) in received.push(text.utf8.count) }
            }
        } _: { url, _ in
            let text = String(repeating: "x", count: 500_000)
            let (code, said) = await run("emit", url, "upload", text, "--transport", transports)
            #expect(code == 0 && said.output.isEmpty && said.errors.isEmpty, "\(said.errors)")
            let size = try await received.next()
            #expect(size == 500_000)
        }
    }

    @Test func `what cannot be sent is told in words that help`() async throws {
        try await withServer { io in
            io.of("/members").use { socket in
                guard (try? socket.handshake.auth.decode(JSONValue.self)) == ["token": "s3cret"] else {
                    throw ConnectError("not a member", data: ["retry": 5])
                }
            }
            io.on(.connection) { socket in
                socket.on("silence") { (_: Acknowledgement?) in }
            }
        } _: { url, _ in
            let cases = [
                (["\(url)/nowhere", "x"], "the server refused the namespace /nowhere: Invalid namespace"),
                (["\(url)/members", "x"], #"the server refused the namespace /members: not a member {"retry":5}"#),
                ([url, "x", "--path", "/else"], "--path says where"),
                (["http://127.0.0.1:1", "x"], "Connection refused"),
                (
                    [url, "silence", "--ack", "--timeout", "0.3"],
                    "no acknowledgement of silence: operation has timed out"
                ),
                ([url, "connect"], "reserved"),
                (["https" + url.dropFirst(4), "x"], "TLS"),
            ]
            for (arguments, words) in cases {
                let said = Said()
                #expect(await Tool(console: said.console()).run(["emit"] + arguments) == .failure)
                #expect(said.errors.hasPrefix("socketio emit: ") && said.errors.contains(words), "\(said.errors)")
                #expect(said.output.isEmpty && !said.errors.contains("usage"))
            }
            let (code, said) = await run("emit", url, "x", "-n", "members", "--auth", #"{"token":"s3cret"}"#)
            #expect(code == 0, "\(said.errors)")
        }
    }

    // MARK: listen

    @Test func `listen prints the events that it is told of, and ends behind so many`() async throws {
        try await withServer { io in
            io.on(.connection) { socket in
                try socket.emit("noise", 1)
                try socket.emit("chat", "a b", ["x": 1])
                try socket.emit("chat\u{1B}[2J", [1, 2, 255] as [UInt8])
                try socket.emit("chat", "\u{1B}[31m\u{202E}")
            }
        } _: { url, _ in
            let (code, said) = await run("listen", url, "--count", "4")
            #expect(code == 0)
            #expect(
                said.output == """
                    noise 1
                    chat "a b" {"x":1}
                    chat\\u{1b}[2J "AQL/"  (binary: 3 bytes)
                    chat "\\u001b[31m\\u202e"

                    """)
            #expect(said.errors.hasPrefix("* connected to \(url)/ as "))
            let json = await run("listen", url, "chat", "--count=2", "--json").said.output
            #expect(
                json == #"{"event":"chat","args":["a b",{"x":1}]}"# + "\n"
                    + #"{"event":"chat","args":["\u001b[31m\u202e"]}"# + "\n")
        }
    }

    @Test func `listen ends when it is interrupted, or when the server ends it`() async throws {
        try await withServer { url, io in
            let said = Said()
            let interruption = Interruption()
            var console = said.console()
            console.interruption = { await interruption.wait() }
            async let code = Tool(console: console).run(["listen", url])
            #expect(await eventually { said.errors.contains("connected") })
            try io.emit("chat", 1)
            #expect(await eventually { said.output == "chat 1\n" })
            interruption.give()
            #expect(await code == .success)
            #expect(await eventually { io.clientsCount == 0 })

            let other = Said()
            async let otherCode = Tool(console: other.console()).run(["listen", url])
            #expect(await eventually { other.errors.contains("connected") })
            io.disconnectSockets()
            #expect(await otherCode == .failure)
            #expect(other.errors.contains("the server ended the connection: io server disconnect"))
        }
    }

    // MARK: connect

    @Test func `connect holds a conversation`() async throws {
        try await withServer { url, _ in
            let input = "join! lobby\n\necho \"hey\" 1\necho! {\"a\": 1}\nhello!\n/quit\nall x\n"
            let (code, said) = await run("connect", url, input: input)
            #expect(code == 0)
            #expect(
                said.output.split(separator: "\n").sorted() == [
                    "echo \"hey\" 1", "echo! = {\"a\": 1}", "hello! = {\"error\":\"there is no event hello\"}",
                    "join! = [\"lobby\"]",
                ])
            let json = await run("connect", url, "--json", input: "echo! \"x\"\n").said.output
            #expect(json == #"{"ack":"echo","data":"x"}"# + "\n")
        }
    }

    @Test(arguments: [
        ("chat [\n", "does not end"), ("/dance\n", "there are /ack"), ("/ack 1\n", "a question"),
        ("connect 1\n", "reserved"), ("silence!\n", "silence!: operation has timed out"),
    ])
    func `connect tells what was wrong, goes on, and ends with 1`(input: String, words: String) async throws {
        try await withServer { io in
            io.on(.connection) { socket in
                socket.on("silence") { (_: Acknowledgement?) in }
                socket.on("echo") { (text: String) in text }
            }
        } _: { url, _ in
            let (code, said) = await run("connect", url, "-t", "0.3", input: input + "echo! on\n")
            #expect(code == 1 && said.errors.contains(words), "\(said.errors)")
            #expect(said.output == "echo! = \"on\"\n")
        }
    }

    @Test func `connect lets questions of the server be answered`() async throws {
        let answers = Mailbox<String>()
        try await withServer { io in
            io.on(.connection) { socket in
                let answer: String = try await socket.emitWithAck("who", "goes there")
                answers.push(answer)
            }
        } _: { url, _ in
            var ends: [CInt] = [0, 0]
            #expect(pipe(&ends) == 0)
            let (input, output) = (ends[0], ends[1])
            let said = Said()
            async let code = Tool(console: said.console(StandardInput(input))).run(["connect", url])
            #expect(await eventually { said.output == "who \"goes there\"  (answer with /ack 1)\n" })
            write(output, "/ack 1 ada\n", 11)
            let answer = try await answers.next()
            #expect(answer == "ada")
            close(output)
            #expect(await code == .success)
            close(input)
        }
    }

    @Test func `connect needs a first connection, unless it is patient`() async throws {
        let (code, said) = await run("connect", "http://127.0.0.1:1", input: "chat\n")
        #expect(code == 1 && said.errors.contains("Connection refused"))
        let patient = Said()
        let interruption = Interruption()
        var console = patient.console()
        console.interruption = { await interruption.wait() }
        async let later = Tool(console: console).run(["listen", "http://127.0.0.1:1", "--retry"])
        #expect(await eventually { patient.errors.contains("reconnecting, attempt 1") })
        interruption.give()
        #expect(await later == .success)
    }

    // MARK: bench

    @Test(arguments: [["--in-flight", "3"], ["--rate", "200"]])
    func `bench measures`(pace: [String]) async throws {
        try await withServer { url, io in
            let said = Said()
            let arguments = ["bench", url, "--seconds", "0.3", "-c", "3", "--json"] + pace
            #expect(await Tool(console: said.console()).run(arguments) == .success, "\(said.output)")
            let report = try RawJSON(validating: said.output).decode(JSONValue.self)
            let count = try #require(report["acknowledged"]?.intValue)
            #expect(count > 20 && (pace[0] != "--rate" || count <= 60))
            #expect(report["connections"]?.intValue == 3 && report["errors"] == [:])
            let latency = try #require(report["latency"])
            #expect(
                latency["p50"]?.doubleValue ?? 0 > 0
                    && latency["p50"]?.doubleValue ?? 0 <= latency["max"]?.doubleValue ?? 0)
            let counts = report["histogram"]?.arrayValue?.compactMap { $0["count"]?.intValue } ?? []
            #expect(counts.reduce(0, +) == count)
            #expect(await eventually { io.clientsCount == 0 })
        }
    }

    @Test func `bench tells what went wrong`() async throws {
        try await withServer { io in
            io.on(.connection) { socket in
                socket.on("silence") { (_: Acknowledgement?) in }
            }
        } _: { url, _ in
            let (code, said) = await run(
                "bench", url, "--event", "silence", "--seconds", "5", "-t", "6", "--connections", "2")
            #expect(code == 1 && said.output.contains("operation has timed out"), "\(said.output)")
            #expect(said.errors.contains("does the server answer silence?"))
        }
        let (code, said) = await run("bench", "http://127.0.0.1:1", "--seconds", "1")
        #expect(code == 1 && said.output.isEmpty && said.errors.contains("Connection refused"))
    }

    @Test func `bench ends early when it is interrupted, with what it knows`() async throws {
        try await withServer { url, _ in
            let said = Said()
            var console = said.console()
            let interruption = Interruption()
            let shown = Mailbox<String>()
            console.interruption = { await interruption.wait() }
            console.showProgress = { line in if line.contains("events/s") { shown.push(line) } }
            async let code = Tool(console: console).run(["bench", url, "--seconds", "1000"])
            let line = try await shown.next()
            #expect(line.hasPrefix("[-----"))
            interruption.give()
            #expect(await code == .success && said.output.contains("p99.9"))
        }
    }
}
