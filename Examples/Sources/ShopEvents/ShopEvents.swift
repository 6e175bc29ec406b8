// What a server and its clients say to each other, declared once: both import this, and the compiler checks both.
import SocketIOClient

/// An order as it travels.
public struct Order: Codable, Sendable {
    /// What is ordered.
    public var article: String
    /// How many of it.
    public var count: Int

    /// An order.
    public init(article: String, count: Int) {
        self.article = article
        self.count = count
    }
}

/// The shop's events.
public enum Shop {
    /// The client orders; the server answers with the order's number.
    public static let order = Event<Order>.Acknowledged<Int>("order")
    /// The server tells that an order has left: its number, and what is in it.
    public static let shipped = Event<Int, Order>("shipped")
}
