import Testing

@testable import SIOWebSocket

private func configuration(_ change: (inout PerMessageDeflate) -> Void = { _ in }) -> PerMessageDeflate {
    var configuration = PerMessageDeflate()
    change(&configuration)
    return configuration
}

/// What a server answers to an offer; nil if it declines.
private func answer(_ offer: String, _ configuration: PerMessageDeflate = PerMessageDeflate()) -> String? {
    WebSocketExtension.list(offer).flatMap { DeflateParameters.accept($0, configuration)?.response }
}

private func agreed(_ offer: String, _ configuration: PerMessageDeflate = PerMessageDeflate()) -> DeflateParameters? {
    WebSocketExtension.list(offer).flatMap { DeflateParameters.accept($0, configuration)?.parameters }
}

private let name = "permessage-deflate"

@Suite struct `A server's half of the negotiation` {
    // The offers of the Autobahn test suite's groups 12 and 13, and those of browsers.
    @Test(
        arguments: [
            ("", ""),
            ("; client_max_window_bits", ""),
            ("; client_no_context_takeover; client_max_window_bits", "; client_no_context_takeover"),
            ("; client_max_window_bits=9", "; client_max_window_bits=9"),
            (
                "; client_no_context_takeover; client_max_window_bits=9",
                "; client_no_context_takeover; client_max_window_bits=9"
            ),
            ("; client_max_window_bits=15", ""),
            ("; server_no_context_takeover", "; server_no_context_takeover"),
            ("; server_max_window_bits=9", "; server_max_window_bits=9"),
            ("; server_max_window_bits=15", "; server_max_window_bits=15"),
            ("; server_max_window_bits=\"10\"", "; server_max_window_bits=10"),
            (
                "; server_max_window_bits=8; client_max_window_bits=8",
                "; server_max_window_bits=8; client_max_window_bits=8"
            ),
            (
                "; server_no_context_takeover; server_max_window_bits=9; client_max_window_bits",
                "; server_no_context_takeover; server_max_window_bits=9"
            ),
        ])
    func `an offer is taken as it is`(offer: String, expected: String) {
        #expect(answer(name + offer) == name + expected)
    }

    @Test(
        arguments: [
            "; unknown", "; server_no_context_takeover=1", "; client_no_context_takeover=true",
            "; server_max_window_bits", "; server_max_window_bits=7", "; server_max_window_bits=16",
            "; server_max_window_bits=08", "; server_max_window_bits=+9", "; server_max_window_bits=a",
            "; server_max_window_bits=15.0", "; client_max_window_bits=7", "; client_max_window_bits=16",
            "; client_max_window_bits=09", "; client_max_window_bits=99999999999999999999",
            "; server_no_context_takeover; server_no_context_takeover",
            "; client_max_window_bits; client_max_window_bits=10",
            "; server_max_window_bits=10; server_max_window_bits=10",
            "; Server_No_Context_Takeover",
        ])
    func `an offer that says something wrong is declined, and the next one is taken`(offer: String) {
        #expect(answer(name + offer) == nil)
        #expect(
            answer("\(name)\(offer), x-webkit-deflate-frame, \(name); server_max_window_bits=10")
                == "\(name); server_max_window_bits=10")
    }

    @Test func `the client's first offer is the one it wants most`() {
        #expect(answer("\(name); server_max_window_bits=12, \(name)") == "\(name); server_max_window_bits=12")
        #expect(answer("bzip2; x=y, \(name), \(name); server_no_context_takeover") == name)
        #expect(answer("permessage-bzip2") == nil)
        #expect(answer("") == nil)
    }

    @Test func `the server asks for what it wants`() {
        #expect(
            answer(name, configuration { $0.serverNoContextTakeover = true }) == "\(name); server_no_context_takeover")
        #expect(
            answer(name, configuration { $0.clientNoContextTakeover = true }) == "\(name); client_no_context_takeover")
        let server = configuration { $0.serverMaxWindowBits = 11 }
        #expect(answer(name, server) == "\(name); server_max_window_bits=11")
        #expect(answer("\(name); server_max_window_bits=9", server) == "\(name); server_max_window_bits=9")
        #expect(answer("\(name); server_max_window_bits=13", server) == "\(name); server_max_window_bits=11")
        let client = configuration { $0.clientMaxWindowBits = 11 }
        #expect(answer("\(name); client_max_window_bits", client) == "\(name); client_max_window_bits=11")
        #expect(answer("\(name); client_max_window_bits=9", client) == "\(name); client_max_window_bits=9")
        #expect(answer("\(name); client_max_window_bits=12", client) == "\(name); client_max_window_bits=11")
    }

    @Test func `a client that cannot keep its window small is asked to take nothing over`() {
        let small = configuration { $0.clientMaxWindowBits = 11 }
        #expect(answer(name, small) == "\(name); client_no_context_takeover")
        #expect(agreed(name, small)?.clientMaxWindowBits == 15)
    }

    @Test func `what is agreed is what is answered`() {
        let offer = "\(name); server_no_context_takeover; server_max_window_bits=10; client_max_window_bits=12"
        #expect(
            agreed(offer)
                == DeflateParameters(serverNoContextTakeover: true, serverMaxWindowBits: 10, clientMaxWindowBits: 12))
        #expect(agreed(name) == DeflateParameters())
    }
}

@Suite struct `A client's half of the negotiation` {
    private func check(_ answer: String, _ configuration: PerMessageDeflate? = PerMessageDeflate()) throws
        -> DeflateParameters?
    {
        try DeflateParameters(answer: #require(WebSocketExtension.list(answer)), to: configuration)
    }

    @Test func `an offer says what the client wants`() {
        #expect(DeflateParameters.offer(PerMessageDeflate()) == "\(name); client_max_window_bits")
        let all = configuration {
            $0.serverNoContextTakeover = true
            $0.clientNoContextTakeover = true
            $0.serverMaxWindowBits = 10
            $0.clientMaxWindowBits = 9
        }
        #expect(
            DeflateParameters.offer(all)
                == "\(name); server_no_context_takeover; client_no_context_takeover; server_max_window_bits=10; client_max_window_bits=9"
        )
    }

    @Test(
        arguments: [
            ("", nil), (name, DeflateParameters()),
            ("\(name); server_no_context_takeover", DeflateParameters(serverNoContextTakeover: true)),
            ("\(name); client_no_context_takeover", DeflateParameters(clientNoContextTakeover: true)),
            ("\(name); server_max_window_bits=8", DeflateParameters(serverMaxWindowBits: 8)),
            ("\(name); client_max_window_bits=\"8\"", DeflateParameters(clientMaxWindowBits: 8)),
        ] as [(String, DeflateParameters?)])
    func `an answer within the offer is agreed`(answer: String, expected: DeflateParameters?) throws {
        #expect(try check(answer) == expected)
    }

    @Test(
        arguments: [
            "permessage-bzip2", "\(name), \(name)", "\(name), other", "other, \(name)", "\(name); unknown",
            "\(name); client_max_window_bits", "\(name); server_max_window_bits", "\(name); server_max_window_bits=16",
            "\(name); server_no_context_takeover=1", "\(name); client_max_window_bits=7",
            "\(name); server_no_context_takeover; server_no_context_takeover",
        ])
    func `an answer that was not offered is refused`(answer: String) {
        #expect(throws: WebSocketResponseError.self) { try check(answer) }
    }

    @Test func `an answer to nothing is refused`() {
        #expect(throws: WebSocketResponseError.extensions(name)) { try check(name, nil) }
    }

    @Test func `what was asked for has to be answered`() throws {
        let forget = configuration { $0.serverNoContextTakeover = true }
        #expect(throws: WebSocketResponseError.extensions(name)) { try check(name, forget) }
        #expect(try check("\(name); server_no_context_takeover", forget)?.serverNoContextTakeover == true)
        let small = configuration { $0.serverMaxWindowBits = 10 }
        for answer in [name, "\(name); server_max_window_bits=11"] {
            #expect(throws: WebSocketResponseError.extensions(answer)) { try check(answer, small) }
        }
        #expect(try check("\(name); server_max_window_bits=9", small)?.serverMaxWindowBits == 9)
        let own = configuration { $0.clientMaxWindowBits = 10 }
        #expect(throws: WebSocketResponseError.self) { try check("\(name); client_max_window_bits=11", own) }
        #expect(try check("\(name); client_max_window_bits=9", own)?.clientMaxWindowBits == 9)
        #expect(try check(name, own)?.clientMaxWindowBits == 10)
        #expect(try check(name, configuration { $0.clientNoContextTakeover = true })?.clientNoContextTakeover == true)
    }

    @Test func `server and client agree, whatever both want`() throws {
        let wishes = [false, true].flatMap { server in
            [false, true].flatMap { client in
                [8, 11, 15].flatMap { serverBits in
                    [8, 11, 15].map { clientBits in
                        configuration {
                            $0.serverNoContextTakeover = server
                            $0.clientNoContextTakeover = client
                            $0.serverMaxWindowBits = serverBits
                            $0.clientMaxWindowBits = clientBits
                        }
                    }
                }
            }
        }
        for client in wishes {
            for server in wishes {
                let offers = try #require(WebSocketExtension.list(DeflateParameters.offer(client)))
                let taken = try #require(DeflateParameters.accept(offers, server))
                #expect(try check(taken.response, client) == taken.parameters)
            }
        }
    }
}
