import SocketIO

/// Has the server serve the chat on its namespace `/`.
func serveChat(on io: Server) {
    let parlour = Parlour(io)

    // Who may come in. The page gets a ConnectError's words as `connect_error`.
    io.use { socket in
        guard let credentials = try? socket.handshake.auth.decode(Credentials.self) else {
            throw ConnectError(Refusal.authInvalid.error)
        }
        do throws(Refusal) {
            try await parlour.admit(credentials)
        } catch {
            throw ConnectError(error.error)
        }
        socket.data[Credentials.self] = credentials
    }

    // What is set up here, before the handler returns, misses nothing that the page says.
    io.on(.connection) { socket in
        guard let credentials = socket.data[Credentials.self] else { return socket.disconnect() }
        Console.connected(socket)

        socket.answer(Chat.hello) { hello in try await parlour.hello(hello, from: credentials, on: socket) }
        socket.answer(Chat.rename) { rename in try await parlour.rename(rename, on: socket) }
        socket.answer(Chat.join) { join in try await parlour.join(join, on: socket) }
        socket.answer(Chat.leave) { leave in try await parlour.leave(leave, on: socket) }
        socket.answer(Chat.send) { send in try await parlour.send(send, on: socket) }
        socket.answer(Chat.image) { image in try await parlour.image(image, on: socket) }

        // Nobody waits for an answer to this one.
        socket.on(Chat.startOrStopTyping) { request in
            guard case .fits(let typing) = request else { return }
            try await parlour.typing(typing, on: socket)
        }

        // While it is still known how the page was connected.
        socket.on(.disconnecting) { reason in Console.disconnected(socket, reason) }
        socket.on(.disconnect) { _ in Task { await parlour.disconnected(socket) } }
    }
}
