import CLibUV
import Glibc
import Testing

@testable import SIONet

@Suite struct SocketAddressTests {
    private func address(_ host: String, port: Int = 0) throws -> SocketAddress {
        let storage = try #require(try SocketAddress.resolve(host: host, port: port).first)
        return try #require(SocketAddress(storage))
    }

    @Test(arguments: ["127.0.0.1", "0.0.0.0", "255.255.255.255", "10.1.2.3"])
    func `an IPv4 address reads as it was written`(host: String) throws {
        let address = try address(host, port: 3000)
        #expect(address.host == host)
        #expect(address.port == 3000)
        #expect(!address.isIPv6)
        #expect(address.description == "\(host):3000")
    }

    @Test(arguments: ["::1", "::", "2001:db8::ff00:42:8329", "1:2:3:4:5:6:7:8", "::ffff:0:1.2.3.4"])
    func `an IPv6 address reads as it was written, in brackets before a port`(host: String) throws {
        let address = try address(host, port: 65535)
        #expect(address.host == (host.hasSuffix("1.2.3.4") ? "::ffff:0:102:304" : host))
        #expect(address.port == 65535)
        #expect(address.isIPv6)
        #expect(address.description == "[\(address.host)]:65535")
    }

    @Test func `an IPv4 address within IPv6 is an IPv4 address`() throws {
        #expect(try address("::ffff:10.1.2.3", port: 80) == address("10.1.2.3", port: 80))
        #expect(try address("::ffff:10.1.2.3").description == "10.1.2.3:0")
    }

    @Test func `addresses are equal if host and port are`() throws {
        let addresses = try [
            address("127.0.0.1", port: 1), address("127.0.0.1", port: 2), address("127.0.0.2", port: 1),
            address("::1", port: 1), address("::2", port: 1), address("1::1", port: 1),
        ]
        #expect(Set(addresses).count == addresses.count)
        #expect(try address("127.0.0.1", port: 1) == addresses[0])
        #expect(try address("0.0.0.0") != address("::"))
    }

    @Test func `an address of another family is none`() {
        var storage = sockaddr_storage()
        storage.ss_family = sa_family_t(AF_UNIX)
        #expect(SocketAddress(storage) == nil)
    }
}
