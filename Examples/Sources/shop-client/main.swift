// A client of shop-server: the same declarations, checked by the compiler on this end, too.
//
// usage: shop-client URL ARTICLE…
import ShopEvents
import SocketIOClient

let arguments = CommandLine.arguments
guard arguments.count > 2 else { fatalError("usage: shop-client URL ARTICLE…") }

try await withSocket(arguments[1]) { socket in
    let articles = CommandLine.arguments.dropFirst(2)
    var shipments = socket.events(Shop.shipped).makeAsyncIterator()
    for article in articles {
        let number = try await socket.emitWithAck(Shop.order, Order(article: article, count: 1))
        print("ordered \(article): number \(number)")
    }
    for _ in articles {
        guard let (number, order) = await shipments.next() else { break }
        print("shipped number \(number): \(order.count) × \(order.article)")
    }
}
