import Testing

@testable import SIONet

/// Blocks of addresses.
@Suite struct AddressBlockTests {
    @Test(arguments: [
        ("10.0.0.0/8", "10.255.1.2", true), ("10.0.0.0/8", "11.0.0.0", false),
        ("192.168.4.0/22", "192.168.7.255", true), ("192.168.4.0/22", "192.168.8.0", false),
        ("127.0.0.1", "127.0.0.1", true), ("127.0.0.1", "127.0.0.2", false), ("127.0.0.1/32", "127.0.0.1", true),
        ("0.0.0.0/0", "255.255.255.255", true), ("0.0.0.0/0", "::1", false),
        ("::1", "::1", true), ("::1", "::2", false), ("::/0", "2001:db8::1", true), ("::/0", "127.0.0.1", false),
        ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::1", false),
        ("2001:db8::/65", "2001:db8::7fff:0:0:1", true), ("2001:db8::/65", "2001:db8::8000:0:0:1", false),
        ("2001:db8::8/127", "2001:db8::9", true), ("2001:db8::8/127", "2001:db8::a", false),
        ("10.0.0.0/8", "::ffff:10.1.2.3", true), ("::ffff:10.1.2.3", "10.1.2.3", true),
    ])
    func `a block has the addresses that begin as it does`(block: String, address: String, contains: Bool) throws {
        let block = try #require(AddressBlock(block))
        #expect(block.contains(try #require(SocketAddress(host: address, port: 80))) == contains)
    }

    @Test(arguments: [
        "", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8", "10.0.0/8x", "::/129",
        "::/0000",
        "localhost", "::ffff:10.0.0.0/104", "/8",
    ])
    func `what is no block is none`(text: String) {
        #expect(AddressBlock(text) == nil)
    }
}
