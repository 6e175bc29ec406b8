import SIOEvents
import SIOJSON
import SIONet
import Synchronization

/// Has the handlers of a namespace called with the events that other servers send.
final class ServerSideReceiver: Sendable {
    let listeners: ServerSideListeners
    let namespace: String
    /// Where the handlers are called.
    let home: EventLoop
    /// The handlers that run as tasks.
    let runningTasks = Atomic<Int>(0)
    private let reports: ErrorReports

    init(namespace: String, parent: ServerSideListeners?, home: EventLoop, reports: ErrorReports) {
        self.namespace = namespace
        self.home = home
        self.reports = reports
        listeners = ServerSideListeners(of: parent)
    }

    /// Calls the handlers of an event, in a turn of the loop.
    func receive(_ event: RawJSON, reply: (@Sendable (RawJSON) -> Void)?) {
        let answer = reply.map { ServerSideReply($0) }
        home.post { [self] in
            do {
                try call(event, answer)
            } catch {
                reports.report(ClusterError(.malformedMessage, detail: "\(error)"))
            }
        }
    }

    private func call(_ event: RawJSON, _ reply: ServerSideReply?) throws {
        let (text, attachments) = event.numbered
        try JSONParser.reading(text.span.bytes) { array in
            var arguments = array.elements
            guard let name = arguments.next()?.string else {
                throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "an event without a name"))
            }
            let incoming = ServerSideEvent(
                name: name, elements: arguments, attachments: attachments, reply: reply, receiver: self)
            for handler in listeners.handlers(of: name) {
                do {
                    try handler(incoming)
                } catch {
                    report(error, event: name)
                }
            }
        }
    }

    func report(_ error: any Error, event: String) {
        reports.report(HandlerError(namespace: namespace, socketID: "", event: event, underlying: error))
    }
}
