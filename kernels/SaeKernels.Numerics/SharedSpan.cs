using System.Buffers;

namespace SaeKernels.Numerics;

/// <summary>Lets several threads fill one span, which no closure can hold.</summary>
public static class SharedSpan
{
    /// <summary>Pins a span while work is done on it.</summary>
    /// <param name="span">The span.</param>
    /// <param name="work">Receives the span as memory that is valid until it returns.</param>
    public static unsafe void Use(Span<float> span, Action<Memory<float>> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        fixed (float* start = span)
        {
            using PinnedFloats pinned = new(start, span.Length);
            work(pinned.Memory);
        }
    }

    private sealed unsafe class PinnedFloats(float* start, int length) : MemoryManager<float>
    {
        public override Span<float> GetSpan() => new(start, length);

        public override MemoryHandle Pin(int elementIndex = 0) => new(start + elementIndex);

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
