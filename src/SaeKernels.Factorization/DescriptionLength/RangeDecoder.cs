namespace SaeKernels.Factorization;

/// <summary>Reads what <see cref="RangeEncoder"/> wrote.</summary>
internal sealed class RangeDecoder
{
    private readonly Stream stream;
    private readonly long length;
    private long next;
    private ulong low;
    private ulong code;
    private ulong range = ulong.MaxValue;

    /// <summary>Begins to read.</summary>
    /// <param name="stream">Stands at what was written.</param>
    /// <param name="length">The bytes that were written; at least 8.</param>
    public RangeDecoder(Stream stream, long length)
    {
        this.stream = stream;
        this.length = length;
        for (int i = 0; i < sizeof(ulong); i++)
        {
            this.code = (this.code << 8) | NextByte();
        }
    }

    /// <summary>Whether all bytes were needed, and no more.</summary>
    public bool IsAtEnd => this.next == this.length;

    /// <summary>Returns a number between 0 and total − 1 that lies among those of the next symbol.</summary>
    /// <param name="total">The sum of all frequencies.</param>
    public long Peek(long total)
    {
        this.range /= (ulong)total;
        return (long)Math.Min((this.code - this.low) / this.range, (ulong)total - 1);
    }

    /// <summary>Goes on behind the symbol.</summary>
    /// <param name="first">The sum of the frequencies of the symbols before it.</param>
    /// <param name="frequency">Its own frequency.</param>
    public void Take(long first, long frequency)
    {
        this.low += (ulong)first * this.range;
        this.range *= (ulong)frequency;
        while ((this.low ^ (this.low + this.range)) < RangeEncoder.Top || Shorten())
        {
            this.code = (this.code << 8) | NextByte();
            this.low <<= 8;
            this.range <<= 8;
        }
    }

    // Behind the end anything may follow: a file that is too short is found by its end, not by its symbols.
    private byte NextByte() => this.next++ < this.length ? (byte)this.stream.ReadByte() : (byte)this.next;

    private bool Shorten()
    {
        if (this.range >= RangeEncoder.Bottom)
        {
            return false;
        }

        this.range = (0 - this.low) & (RangeEncoder.Bottom - 1);
        return true;
    }
}
