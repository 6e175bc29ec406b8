import SIOHTTP
import SocketIOClient
import Testing

@testable import socketio_tool

@Suite struct `What the commands that connect are told` {
    @Test(arguments: [
        (["emit"], "a URL and an event"), (["emit", "http://h"], "a URL and an event"),
        (["listen"], "a URL is missing"),
        (["connect"], "a URL is missing"), (["connect", "http://h", "chat"], "events are typed"),
        (["bench"], "a URL is missing"), (["bench", "http://h", "x"], "one URL"),
        (["emit", "ftp://h", "x"], "does not begin with http://"), (["emit", "http://h:0", "x"], "port that is none"),
        (["emit", "http://h#x", "x"], "fragment"), (["emit", "http://", "x"], "no host"),
        (["emit", "http://h/a", "x", "-n", "b"], "one of them is enough"),
        (["emit", "http://h", "x", "--auth", "{"], "--auth is no JSON"),
        (["emit", "http://h", "x", "--auth", "[1]"], "no object"),
        (["emit", "http://h", "x", "--auth", "@/no/such/file"], "cannot be read"),
        (["emit", "http://h", "x", "@/no/such/file"], "cannot be read"),
        (["emit", "http://h", "x", "[1"], "no JSON"),
        (["emit", "http://h", "x", "--transport", "pigeon"], "pigeon is no transport"),
        (["emit", "http://h", "x", "--transport", ""], "is no transport"),
        (["emit", "http://h", "x", "--parser", "xml"], "xml is no parser"),
        (["emit", "http://h", "x", "-H", "nothing"], "is no header"),
        (["emit", "http://h", "x", "-H", "a b: c"], "is no header"),
        (["emit", "http://h", "x", "--timeout", "0"], "above 0"),
        (["emit", "http://h", "x", "--timeout", "nan"], "above 0"),
        (["emit", "http://h", "x", "-k", "--ca", "x"], "not both"),
        (["listen", "http://h", "--count", "0"], "--count is a number from 1"),
        (["connect", "http://h", "--linger", "soon"], "--linger is a number of seconds"),
        (["bench", "http://h", "--rate", "1", "--in-flight", "1"], "not both"),
        (["bench", "http://h", "--rate", "-1"], "events a second"),
        (["bench", "http://h", "--rate", "1e-300"], "events a second"),
        (["bench", "http://h", "--rate", "nan"], "events a second"),
        (["bench", "http://h", "-c", "0"], "--connections"),
        (["bench", "http://h", "--payload", "1000001"], "--payload is a number from 0"),
        (["serve", "x"], "options alone"), (["serve", "--port", "65536"], "--port is a number from 0 to 65535"),
        (["serve", "--dir", "/no/such/folder"], "is no directory"), (["serve", "--parser", "x"], "x is no parser"),
    ])
    func `is looked at before anything begins`(arguments: [String], words: String) async {
        let said = Said()
        #expect(await Tool(console: said.console()).run(arguments).value == 64)
        #expect(said.errors.contains(words) && said.errors.contains("usage: socketio"), "\(said.errors)")
        #expect(said.output.isEmpty)
    }

    private func options(_ url: String, _ arguments: String...) throws -> ClientOptions {
        try ClientOptions(url, socketio_tool.Arguments(arguments, ClientOptions.options))
    }

    @Test(arguments: [
        ("http://host", [String](), "/"), ("host:3000", [], "/"), ("https://host/admin?x=1", [], "/admin"),
        ("ws://host", ["-n", "/chat"], "/chat"), ("host", ["--namespace=chat"], "/chat"),
    ])
    func `is where, and which namespace`(url: String, arguments: [String], namespace: String) throws {
        let options = try ClientOptions(url, socketio_tool.Arguments(arguments, ClientOptions.options))
        #expect(try options.socket().namespace == namespace)
    }

    @Test func `is how, with what commands have in common`() throws {
        let options = try options(
            "host", "--transport", "websocket,polling", "--path", "ws", "-H", "X-A: 1", "-H", "x-b:2:3", "-t", "0.5",
            "--parser", "msgpack", "-k")
        #expect(options.manager.transports == [.websocket, .polling] && options.manager.path == "/ws")
        #expect(options.manager.extraHeaders["x-a"] == "1" && options.manager.extraHeaders["X-B"] == "2:3")
        #expect(options.timeout == .milliseconds(500) && options.manager.timeout == options.timeout)
        #expect(options.manager.tls != nil)
        if case .messagePack = options.manager.parser {} else { Issue.record("another parser") }
        let usual = try self.options("https://user:secret@host/x")
        #expect(usual.manager.transports == [.polling, .websocket] && usual.manager.tls == nil)
        #expect(usual.manager.path == "/socket.io" && usual.timeout == .seconds(10))
        #expect(!usual.shownURL.contains("secret"))
    }

    @Test func `is said by the help of each of them`() {
        for command in Tool.commands where ["connect", "emit", "listen", "bench"].contains(command.name) {
            for option in ClientOptions.options { #expect(command.usage.contains("--\(option.name)")) }
        }
    }
}
