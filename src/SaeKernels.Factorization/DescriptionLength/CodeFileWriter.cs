namespace SaeKernels.Factorization;

/// <summary>Takes the codes of a file, vector after vector.</summary>
public sealed class CodeFileWriter
{
    private readonly CodeSymbols symbols;
    private readonly RangeEncoder encoder;
    private readonly CodeTable table;
    private readonly long[][] counts;
    private long vectors;

    /// <summary>Begins behind the header of a file.</summary>
    internal CodeFileWriter(Stream stream, CodeTable table)
    {
        this.symbols = new CodeSymbols(table);
        this.encoder = new RangeEncoder(stream);
        this.table = table;
        this.counts = [.. table.Bins.Counts.Select(count => new long[count])];
    }

    /// <summary>Writes the next vector.</summary>
    /// <param name="latents">Its active latents, ascending.</param>
    /// <param name="places">The bin of each.</param>
    /// <exception cref="ArgumentException">The table did not count such a vector.</exception>
    public void Add(ReadOnlySpan<int> latents, ReadOnlySpan<int> places)
    {
        this.symbols.Write(this.encoder, latents, places);
        for (int entry = 0; entry < latents.Length; entry++)
        {
            this.counts[latents[entry]][places[entry]]++;
        }

        this.vectors++;
    }

    /// <summary>Ends the codes.</summary>
    /// <exception cref="ArgumentException">They were not those that the table counted.</exception>
    internal void Finish()
    {
        if (this.vectors != this.table.Vectors
            || !this.counts.Index().All(latent => latent.Item.SequenceEqual(this.table.CountsOf(latent.Index))))
        {
            throw new ArgumentException(
                $"CodeFile: codes must be those of the {this.table.Vectors} vectors that the table counted, but "
                + $"{this.vectors} came, or others. Count them again.");
        }

        this.encoder.Finish();
    }
}
