namespace SaeKernels.Factorization;

/// <summary>Writes symbols of known frequencies in their surprisal, log₂(total / frequency) bits each.</summary>
/// <remarks>
/// A range coder without carry: bytes leave as soon as the top one is settled, and a range that straddles too long is
/// cut short. Source: Martin 1979, Range encoding; Subbotin's carry-less form.
/// </remarks>
internal sealed class RangeEncoder
{
    /// <summary>A range below this is cut short.</summary>
    public const ulong Bottom = 1UL << 48;

    /// <summary>Two numbers that differ by less share their top byte.</summary>
    public const ulong Top = 1UL << 56;

    private readonly Stream stream;
    private ulong low;
    private ulong range = ulong.MaxValue;

    /// <summary>Begins to write.</summary>
    /// <param name="stream">Receives the bytes.</param>
    public RangeEncoder(Stream stream) => this.stream = stream;

    /// <summary>Writes a symbol.</summary>
    /// <param name="first">The sum of the frequencies of the symbols before it.</param>
    /// <param name="frequency">Its own frequency; at least 1.</param>
    /// <param name="total">The sum of all frequencies; at most 2⁴⁸.</param>
    public void Write(long first, long frequency, long total)
    {
        this.range /= (ulong)total;
        this.low += (ulong)first * this.range;
        this.range *= (ulong)frequency;
        while ((this.low ^ (this.low + this.range)) < Top || Shorten())
        {
            this.stream.WriteByte((byte)(this.low >> 56));
            this.low <<= 8;
            this.range <<= 8;
        }
    }

    /// <summary>Writes what the reader still needs.</summary>
    public void Finish()
    {
        for (int i = 0; i < sizeof(ulong); i++)
        {
            this.stream.WriteByte((byte)(this.low >> 56));
            this.low <<= 8;
        }
    }

    private bool Shorten()
    {
        if (this.range >= Bottom)
        {
            return false;
        }

        this.range = (0 - this.low) & (Bottom - 1);
        return true;
    }
}
