import SocketIOClient

try await withSocket("http://localhost:3000") { socket in
    let sum: Int = try await socket.emitWithAck("sum", 1, 2)
    try socket.emit("chat message", "the sum is \(sum)")
    for await text in socket.events("chat message", as: String.self) { print(text) }
}
