import SIOJSON
import Testing

@testable import SocketIO

@Suite(.timeLimit(.minutes(1))) struct AcknowledgementCollectorTests {
    @Test func `it is over when all parties have spoken and all clients are settled`() async {
        let collector = AcknowledgementCollector()
        collector.expectServers(2)
        collector.expectClients(1)
        collector.answered(.null)
        collector.addClients(3)
        collector.expectClients(0)
        collector.left(2)
        collector.answered(.emptyObject)
        let (responses, isComplete) = await collector.result()
        #expect(responses == [.null, .emptyObject] && isComplete)
    }

    @Test func `one that is content with less is over earlier`() async {
        let collector = AcknowledgementCollector(enough: 1)
        collector.expectServers(2)
        collector.expectClients(5)
        collector.answered(.null)
        collector.answered(.emptyObject)
        let (responses, isComplete) = await collector.result()
        #expect(responses == [.null] && isComplete)
    }

    @Test func `one that is given up has what came`() async {
        let collector = AcknowledgementCollector()
        collector.expectServers(1)
        collector.expectClients(2)
        collector.answered(.null)
        collector.giveUp()
        collector.answered(.null)
        let (responses, isComplete) = await collector.result()
        #expect(responses == [.null] && !isComplete)
    }
}
