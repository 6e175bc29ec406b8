import SocketIO

let io = Server()

io.on(.connection) { socket in
    socket.join("lobby")
    socket.on("chat message") { (text: String) in
        try io.to("lobby").emit("chat message", text)
    }
    socket.on("sum") { (a: Int, b: Int) in a + b }  // the returned value is the acknowledgement
    socket.on(.disconnect) { reason in print(socket.id, reason) }
}

try await io.listen(port: 3000)
_ = await TerminationSignal.next()
await io.close()
