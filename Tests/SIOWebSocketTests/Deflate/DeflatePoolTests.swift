import SIOBytes
import Testing

@testable import SIOWebSocket

@Suite struct `What connections share to compress with` {
    let settings = Deflater.Settings(format: .raw(windowBits: 9), memLevel: 1)

    @Test func `nothing is held before it is needed, nor when it was not used for a while`() {
        let pool = DeflatePool()
        #expect(pool.isEmpty)
        _ = pool.deflater(settings)
        _ = pool.inflater
        var scratch = pool.takeScratch()
        scratch.append(1)
        pool.giveBack(&scratch)
        #expect(pool.deflater(of: DeflateContext(), settings) != nil)
        #expect(!pool.isEmpty)
        // Used since the last time, so kept once more.
        pool.sweep()
        #expect(!pool.isEmpty && pool.contextsCount == 1)
        pool.sweep()
        #expect(pool.isEmpty)
    }

    @Test func `what is used stays`() {
        let pool = DeflatePool()
        let (busy, idle) = (DeflateContext(), DeflateContext())
        let own = pool.deflater(of: busy, settings)
        _ = pool.deflater(of: idle, settings)
        let shared = pool.deflater(settings)
        for _ in 0..<3 {
            pool.sweep()
            #expect(pool.deflater(of: busy, settings) === own)
            #expect(pool.deflater(settings) === shared)
        }
        #expect(pool.contextsCount == 1)
    }

    @Test func `a compressor that is shared has no context`() {
        let pool = DeflatePool()
        let first = pool.deflater(settings).deflate(bytes("Hello"))
        #expect(pool.deflater(settings).deflate(bytes("Hello")) == first)
    }

    @Test func `a context is lost when a message went out beside it`() {
        let pool = DeflatePool()
        let context = DeflateContext()
        let first = pool.deflater(of: context, settings)?.deflate(bytes("Hello"))
        #expect(pool.deflater(of: context, settings)?.deflate(bytes("Hello")).count == 5)
        context.isStale = true
        #expect(pool.deflater(of: context, settings)?.deflate(bytes("Hello")) == first)
        #expect(pool.deflater(of: context, settings)?.deflate(bytes("Hello")).count == 5)
    }

    @Test func `no more connections have a context than may`() {
        let pool = DeflatePool()
        let contexts = (0..<DeflatePool.maxContexts).map { _ in DeflateContext() }
        for context in contexts { #expect(pool.deflater(of: context, settings) != nil) }
        let late = DeflateContext()
        #expect(pool.deflater(of: late, settings) == nil)
        pool.release(contexts[0])
        #expect(pool.deflater(of: late, settings) != nil)
        #expect(pool.deflater(of: contexts[0], settings) == nil)
        #expect(pool.contextsCount == DeflatePool.maxContexts)
    }

    @Test func `a large scratch is not kept`() {
        let pool = DeflatePool()
        var scratch = [UInt8](repeating: 0, count: 1 << 20)
        pool.giveBack(&scratch)
        #expect(scratch.isEmpty && pool.isEmpty)
    }
}
