import SIONet
import Testing

@Suite struct SocketAddressTextTests {
    @Test(arguments: [
        ("127.0.0.1", "127.0.0.1:80"), ("::1", "[::1]:80"), ("2001:DB8::1", "[2001:db8::1]:80"),
        ("::ffff:1.2.3.4", "1.2.3.4:80"),
    ])
    func `an address is read as it is written`(text: String, description: String) {
        #expect(SocketAddress(host: text, port: 80)?.description == description)
    }

    @Test(arguments: ["", "localhost", "1.2.3", "1.2.3.4.5", "1.2.3.256", "::1::", "127.0.0.1\u{0}x", " ::1"])
    func `what is no address is none`(text: String) {
        #expect(SocketAddress(host: text, port: 80) == nil)
    }

    @Test(arguments: [-1, 65536])
    func `a port has sixteen bits`(port: Int) {
        #expect(SocketAddress(host: "::1", port: port) == nil)
    }
}
