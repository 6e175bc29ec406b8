import EngineIO
import FuzzDriver
import SIOHTTP
import SIONet

let trusts: [TrustedProxies] = [
    .hops(1), .hops(3, field: .forwarded), .addresses(["10.0.0.0/8", "::1"]),
    .addresses(["192.0.2.0/24", "2001:db8::/32"], field: .forwarded),
]
let peer = SocketAddress(host: "10.0.0.1", port: 4000)
let near = "203.0.113.9"

// Whatever a client writes in front, the nearest proxy's word stays what it is, and what is believed is an address.
fuzz { bytes in
    var headers = HTTPHeaders()
    let lines = bytes.split(separator: 0x0A, maxSplits: 3).map { String(decoding: $0, as: UTF8.self) }
    for (name, value) in zip(["X-Forwarded-For", "Forwarded", "X-Forwarded-Proto", "Forwarded"], lines) {
        headers.add(name, value)
    }
    for nodes in [headers.xForwarded, headers.forwarded] {
        precondition(nodes.count <= HTTPHeaders.maxForwardedNodes)
        for node in nodes { precondition(node.scheme == node.scheme?.lowercased()) }
    }
    for trust in trusts { _ = trust.client(of: peer, isSecure: false, headers) }
    headers.add("X-Forwarded-For", near)
    headers.add("Forwarded", "for=\(near);proto=https")
    precondition(headers.xForwarded.last?.address == near)
    precondition(headers.forwarded.last == ForwardedNode(address: near, scheme: "https"))
    precondition(trusts[0].client(of: peer, isSecure: false, headers).address?.host == near)
    let client = TrustedProxies.hops(1, field: .forwarded).client(of: peer, isSecure: false, headers)
    precondition(client.address?.host == near && client.isSecure)
}
