import SIOJSON
import SIONet
import Testing

@testable import SocketIO

@Suite struct HandshakeTests {
    @Test func `a handshake that is made up says what it was told`() throws {
        let issued = ContinuousClock.now - .seconds(5)
        let handshake = Handshake(
            headers: ["Origin": "http://a", "X": "1"], url: "/socket.io/?EIO=4&token=a%20b",
            address: SocketAddress(host: "10.0.0.1", port: 80), secure: true,
            auth: try RawJSON(validating: #"{"k":1}"#), issued: issued)
        #expect(handshake.headers["x"] == "1")
        #expect(handshake.url == "/socket.io/?EIO=4&token=a%20b")
        #expect(handshake.query == ["EIO": "4", "token": "a b"])
        #expect(handshake.address?.description == "10.0.0.1:80")
        #expect(handshake.secure && handshake.xdomain)
        #expect(handshake.auth.description == #"{"k":1}"#)
        #expect(handshake.issued == issued)
        #expect(Handshake().auth.description == "{}")
    }

    @Test func `its JSON form is the reference's object`() throws {
        let json = try RawJSON(
            encoding: Handshake(
                headers: ["Cookie": "a=1", "X": "1", "x": "2", "cookie": "b=2"], url: "/socket.io/?a=1",
                address: SocketAddress(host: "::1", port: 80), auth: try RawJSON(validating: "[1]")))
        let value = try json.decode(JSONValue.self)
        #expect(
            value.objectValue?.keys == [
                "headers", "time", "address", "xdomain", "secure", "issued", "url", "query", "auth",
            ])
        #expect(value["headers"] == ["cookie": "a=1; b=2", "x": "1, 2"])
        #expect(value["address"] == "::1")
        #expect(value["xdomain"] == false && value["secure"] == false)
        #expect(value["url"] == "/socket.io/?a=1" && value["query"] == ["a": "1"] && value["auth"] == [1])
        // Between 2020 and 2100.
        #expect((1_577_836_800_000...4_102_444_800_000).contains(value["issued"]?.intValue ?? 0))
        #expect(value["time"]?.stringValue?.hasSuffix(" GMT+0000 (Coordinated Universal Time)") == true)
    }

    @Test func `the time is written as JavaScript writes it`() {
        #expect(WallClock.text(milliseconds: 0) == "Thu Jan 01 1970 00:00:00 GMT+0000 (Coordinated Universal Time)")
        #expect(
            WallClock.text(milliseconds: 1_700_000_000_999)
                == "Tue Nov 14 2023 22:13:20 GMT+0000 (Coordinated Universal Time)")
    }

    @Test func `what one server writes another reads`() throws {
        let issued = ContinuousClock.now - .seconds(100)
        let handshake = Handshake(
            headers: ["Origin": "http://a", "Host": "h"], url: "/?x=1",
            address: SocketAddress(host: "10.0.0.1", port: 80),
            secure: true, auth: try RawJSON(validating: #"{"k":"ü"}"#), issued: issued)
        let back = try RawJSON(encoding: handshake).decode(Handshake.self)
        #expect(back.headers["ORIGIN"] == "http://a" && back.headers["host"] == "h")
        #expect(back.url == "/?x=1" && back.secure && back.xdomain)
        #expect(back.address?.host == "10.0.0.1")
        #expect(back.auth.description == #"{"k":"ü"}"#)
        #expect(abs((back.issued - issued) / .milliseconds(1)) < 50)
    }

    @Test(arguments: [
        "{}", #"{"headers":{"set-cookie":["a","b"],"bad name":"x","":"y"},"address":"unknown"}"#,
        #"{"issued":1e300}"#, #"{"issued":-1e300}"#, #"{"address":"::ffff:1.2.3.4","headers":{"x":"a\r\nb: c"}}"#,
    ])
    func `what another server tells may be odd`(json: String) throws {
        let handshake = try RawJSON(validating: json).decode(Handshake.self)
        #expect(handshake.headers.allSatisfy { HTTPHeaders.isValidName($0.name) && !$0.value.contains("\n") })
        _ = try RawJSON(encoding: handshake)
    }
}
