namespace SaeKernels.Factorization;

/// <summary>Reads what <see cref="RangeEncoder"/> wrote.</summary>
internal sealed class RangeDecoder
{
    private readonly byte[] bytes;
    private int next;
    private ulong low;
    private ulong code;
    private ulong range = ulong.MaxValue;

    /// <summary>Begins to read.</summary>
    /// <param name="bytes">What was written; at least 8 bytes.</param>
    public RangeDecoder(byte[] bytes)
    {
        this.bytes = bytes;
        for (int i = 0; i < sizeof(ulong); i++)
        {
            this.code = (this.code << 8) | NextByte();
        }
    }

    /// <summary>Whether all bytes were needed, and no more.</summary>
    public bool IsAtEnd => this.next == this.bytes.Length;

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
    private byte NextByte() => this.next < this.bytes.Length ? this.bytes[this.next++] : (byte)this.next++;

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
