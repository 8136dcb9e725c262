using System.Runtime.InteropServices;
using SaeKernels.Metrics;

namespace SaeKernels.Factorization;

/// <summary>Writes what a pass finds into a file of codes.</summary>
internal sealed class CodeWriting(CodeFileWriter writer, CodeBins bins) : LatentCollector
{
    private readonly List<int> latents = [];
    private readonly List<int> places = [];

    public override void Add(in LatentBatch batch)
    {
        for (int row = 0; row < batch.Rows; row++)
        {
            this.latents.Clear();
            this.places.Clear();
            for (int entry = batch.RowOffsets[row]; entry < batch.RowOffsets[row + 1]; entry++)
            {
                if (batch.Values[entry] > 0)
                {
                    this.latents.Add(batch.Latents[entry]);
                    this.places.Add(bins.PlaceOf(batch.Latents[entry], batch.Values[entry]));
                }
            }

            writer.Add(CollectionsMarshal.AsSpan(this.latents), CollectionsMarshal.AsSpan(this.places));
        }
    }
}
