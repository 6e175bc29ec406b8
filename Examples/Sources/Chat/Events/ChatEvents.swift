import SocketIO

/// All that the page and the server say to each other, each declared once, with the types that travel.
///
/// The handlers and the emits that use these declarations are checked by the compiler. What they mean is in
/// `Chat/PROTOCOL.md`.
enum Chat {
    // From the page. Each is answered, except `typing`.
    static let hello = Event<Request<Hello>>.Acknowledged<Answer<Welcome>>("hello")
    static let rename = Event<Request<Rename>>.Acknowledged<Answer<Renamed>>("rename")
    static let join = Event<Request<Join>>.Acknowledged<Answer<Joined>>("join")
    static let leave = Event<Request<Leave>>.Acknowledged<Answer<Done>>("leave")
    static let send = Event<Request<Send>>.Acknowledged<Answer<Sent>>("send")
    static let image = Event<Request<FetchImage>>.Acknowledged<Answer<Image>>("image")
    static let startOrStopTyping = Event<Request<StartOrStopTyping>>("typing")

    // From the server.
    static let message = Event<Message>("message")
    static let typing = Event<Typing>("typing")
    static let presence = Event<[Person]>("presence")
    static let rooms = Event<[Room]>("rooms")
}
