using SaeKernels.Abstractions;

namespace SaeKernels.Metrics;

/// <summary>Two models that encode the same batches, with the sums over their latents.</summary>
internal sealed class ModelPair(Sae first, Sae second) : IDisposable
{
    private readonly LatentStatistics firstSums = first.Backend.CreateLatentStatistics(first.Config.DSae);
    private readonly LatentStatistics secondSums = second.Backend.CreateLatentStatistics(second.Config.DSae);
    private BatchMemory? firstMemory;
    private BatchMemory? secondMemory;
    private SparseCodes? carried;

    /// <summary>The most entries of a row of either.</summary>
    public int MostActive => Math.Max(first.MostActive, second.MostActive);

    /// <summary>Makes empty sums for some latents of the first model and all of the second.</summary>
    public PairStatistics CreatePairStatistics(int from, int count) =>
        first.Backend.CreatePairStatistics(new PairLayout(first.Config.DSae, from, count, second.Config.DSae));

    /// <summary>The sums over each latent of the first model.</summary>
    public LatentStatisticsSnapshot ReadFirst() => this.firstSums.Read();

    /// <summary>The sums over each latent of the second model.</summary>
    public LatentStatisticsSnapshot ReadSecond() => this.secondSums.Read();

    /// <summary>Makes room for batches of a source.</summary>
    public void Begin(VectorSource source, int rows)
    {
        FreeBatches();
        this.firstMemory = new BatchMemory(first, source, rows, decodes: false);
        this.secondMemory = first == second ? null : new BatchMemory(second, source, rows, decodes: false);
        this.carried = first.Backend == second.Backend
            ? null
            : new SparseCodes(first.Backend, "UniversalityPass.Codes", rows, this.secondMemory!.Codes.Capacity);
    }

    /// <summary>Encodes a batch with both, and adds it to sums over pairs, and on demand over latents.</summary>
    public void Add(long firstRow, int rows, PairStatistics pairs, bool addsLatents)
    {
        this.firstMemory!.Encode(firstRow, rows);
        this.secondMemory?.Encode(firstRow, rows);
        SparseCodes codes = this.firstMemory.Codes;
        SparseCodes others = this.secondMemory?.Codes ?? codes;
        if (addsLatents)
        {
            Add(first, rows, codes, this.firstSums);
            Add(second, rows, others, this.secondSums);
        }

        first.Backend.AccumulatePairs(new AccumulatePairsArguments
        {
            Rows = rows,
            Codes = codes,
            OtherCodes = this.carried is null ? others : Carry(this.secondMemory!.Download(firstRow, rows)),
            Statistics = pairs,
        });
    }

    public void Dispose()
    {
        FreeBatches();
        this.firstSums.Dispose();
        this.secondSums.Dispose();
    }

    private static void Add(Sae sae, int rows, SparseCodes codes, LatentStatistics sums) =>
        sae.Backend.AccumulateLatents(
            new AccumulateLatentsArguments { Rows = rows, Codes = codes, Statistics = sums });

    /// <summary>Copies codes of another backend to the first model's.</summary>
    private SparseCodes Carry(LatentBatch batch)
    {
        this.carried!.RowOffsets.Upload(batch.RowOffsets);
        this.carried.Indices.Upload(batch.Latents);
        this.carried.Values.Upload(batch.Values);
        return this.carried;
    }

    private void FreeBatches()
    {
        this.firstMemory?.Dispose();
        this.secondMemory?.Dispose();
        this.carried?.Dispose();
    }
}
