namespace SaeKernels.Factorization;

/// <summary>
/// A vector's code as symbols of a range coder: for each latent whether it is active and, where it is, its bin, with
/// the counts of a table as frequencies.
/// </summary>
internal sealed class CodeSymbols
{
    private readonly long vectors;

    // The counts before each bin, and of all.
    private readonly long[][] starts;

    // A latent that is never active takes no symbol.
    private readonly int[] latents;

    public CodeSymbols(CodeTable table)
    {
        this.vectors = table.Vectors;
        this.starts = [.. Enumerable.Range(0, table.Latents).Select(latent => Starts(table.CountsOf(latent)))];
        this.latents = [.. Enumerable.Range(0, table.Latents).Where(latent => this.starts[latent][^1] > 0)];
    }

    /// <summary>Writes a vector.</summary>
    /// <param name="encoder">Receives the symbols.</param>
    /// <param name="columns">Its active latents, ascending.</param>
    /// <param name="places">The bin of each.</param>
    /// <exception cref="ArgumentException">The table says that this vector was not there.</exception>
    public void Write(RangeEncoder encoder, ReadOnlySpan<int> columns, ReadOnlySpan<int> places)
    {
        int entry = 0;
        foreach (int latent in this.latents)
        {
            long[] start = this.starts[latent];
            long active = start[^1];
            bool isActive = entry < columns.Length && columns[entry] == latent;
            if (active < this.vectors)
            {
                encoder.Write(isActive ? 0 : active, isActive ? active : this.vectors - active, this.vectors);
            }

            if (isActive)
            {
                int place = places[entry++];
                long frequency = start[place + 1] - start[place];
                Require(frequency > 0);
                encoder.Write(start[place], frequency, active);
            }
        }

        Require(entry == columns.Length);
    }

    /// <summary>Reads a vector.</summary>
    /// <param name="decoder">Has the symbols.</param>
    /// <param name="columns">Receives its active latents, after those that are there.</param>
    /// <param name="places">Receives the bin of each.</param>
    public void Read(RangeDecoder decoder, List<int> columns, List<int> places)
    {
        foreach (int latent in this.latents)
        {
            if (ReadActivity(decoder, this.starts[latent][^1]))
            {
                columns.Add(latent);
                places.Add(ReadPlace(decoder, this.starts[latent]));
            }
        }
    }

    private static void Require(bool wasCounted)
    {
        if (!wasCounted)
        {
            throw new ArgumentException(
                "CodeFile: codes must be those that the table counted, but others came. Count them again.");
        }
    }

    private bool ReadActivity(RangeDecoder decoder, long active)
    {
        if (active == this.vectors)
        {
            return true;
        }

        bool isActive = decoder.Peek(this.vectors) < active;
        decoder.Take(isActive ? 0 : active, isActive ? active : this.vectors - active);
        return isActive;
    }

    private static int ReadPlace(RangeDecoder decoder, long[] start)
    {
        long number = decoder.Peek(start[^1]);
        // The last place that begins at or before the number: empty bins begin where the next one does.
        int low = 0;
        int high = start.Length - 1;
        while (high - low > 1)
        {
            int middle = (low + high) / 2;
            (low, high) = start[middle] <= number ? (middle, high) : (low, middle);
        }

        decoder.Take(start[low], start[low + 1] - start[low]);
        return low;
    }

    private static long[] Starts(IReadOnlyList<long> counts)
    {
        long[] starts = new long[counts.Count + 1];
        for (int bin = 0; bin < counts.Count; bin++)
        {
            starts[bin + 1] = starts[bin] + counts[bin];
        }

        return starts;
    }
}
