// A server whose events are declared in ShopEvents, which its client imports as well.
//
// usage: shop-server [PORT]
import ShopEvents
import SocketIO
import Synchronization

let io = Server()
let lastNumber = Mutex(0)

io.on(.connection) { socket in
    socket.on(Shop.order) { order in
        let number = lastNumber.withLock { number in
            number += 1
            return number
        }
        try socket.emit(Shop.shipped, number, order)
        return number
    }
}

let port = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 3000
try await io.listen(host: "127.0.0.1", port: port)
print("the shop is open at http://127.0.0.1:\(port)")
_ = await TerminationSignal.next()
await io.close()
