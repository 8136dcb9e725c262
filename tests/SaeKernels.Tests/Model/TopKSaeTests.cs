using SaeKernels.Abstractions;
using SaeKernels.Reference;

namespace SaeKernels.Tests.Model;

public sealed class TopKSaeTests : IDisposable
{
    private readonly ReferenceBackend<float> backend = ReferenceBackend.Create();

    [Fact]
    public void A_small_model_computes_what_a_hand_computes()
    {
        using Sae sae = SmallModel();
        using SparseCodes codes = sae.AllocateCodes(2);
        RealMatrix x = Upload([3, 1, 1, 1]);
        RealMatrix reconstruction = Upload([9, 9, 9, 9]);

        sae.Encode(x, codes);
        sae.Decode(codes, reconstruction);

        // Row 0: x − b_dec = (2, 0). Row 1: (0, 0). Latents 0 and 2 are the largest in both.
        int[] indices = new int[4];
        codes.Indices.Download(indices);
        Assert.Equal([0, 2, 0, 2], indices);
        Assert.Equal([2, 2.5f, 0, 0.5f], Download(codes.Values, 4));
        Assert.Equal([3 + 2.5f, 1 + 5, 1.5f, 2], Download(reconstruction.Buffer, 4));
        Assert.Equal([3, 1, 1, 1], Download(x.Buffer, 4));
    }

    [Fact]
    public void Larger_and_smaller_batches_follow_each_other()
    {
        using Sae sae = SmallModel();
        using SparseCodes codes = sae.AllocateCodes(3);
        float[] alone = Values(sae, codes, [3, 1]);

        _ = Values(sae, codes, [1, 2, 3, 4, 5, 6]);

        Assert.Equal(alone, Values(sae, codes, [3, 1]));
        Assert.Equal(alone, Values(sae, codes, [3, 1, 0, 0])[..2]);
    }

    [Fact]
    public void Vectors_of_another_width_are_rejected()
    {
        using Sae sae = SmallModel();
        using SparseCodes codes = sae.AllocateCodes(1);
        RealBuffer buffer = this.backend.AllocateReal("x", 3);

        ArgumentException fault = Assert.Throws<ArgumentException>(
            () => sae.Encode(new RealMatrix(buffer, 1, 3), codes));

        Assert.Equal("TopKSae: activations must be [1, 2], but is [1, 3]. Pass a matrix of that shape.", fault.Message);
    }

    [Fact]
    public void Disposing_frees_everything()
    {
        long before = this.backend.AllocatedBytes;
        using (Sae sae = SmallModel())
        using (SparseCodes codes = sae.AllocateCodes(1))
        using (RealBuffer x = this.backend.AllocateReal("x", 2))
        {
            sae.Encode(new RealMatrix(x, 1, 2), codes);
            Assert.True(this.backend.AllocatedBytes > before);
        }

        Assert.Equal(before, this.backend.AllocatedBytes);
    }

    [Fact]
    public void Every_architecture_is_created_by_its_own_id()
    {
        Assert.Distinct(SaeArchitectures.All.Select(architecture => architecture.Id));
        foreach (SaeArchitecture architecture in SaeArchitectures.All)
        {
            int k = architecture.HasK ? 2 : 0;
            SaeConfig config = new()
            {
                Architecture = architecture.Id,
                DIn = 3,
                DSae = 6,
                K = k,
                TargetWidth = architecture.HasTarget ? 5 : null,
                Sites = architecture.HasSites ? [1, 2] : null,
            };
            using Sae sae = SaeArchitectures.Create(this.backend, config);

            Assert.Equal(config, sae.Config);
            int dOut = architecture.HasTarget ? 5 : 3;
            Assert.Equal((6, dOut), (sae.Parameters.WDec.Rows, sae.Parameters.WDec.Columns));
            Assert.Equal(architecture.HasSkip, sae.Parameters.WSkip is not null);
        }
    }

    public void Dispose() => this.backend.Dispose();

    private Sae SmallModel()
    {
        Sae sae = SaeArchitectures.Create(
            this.backend, new SaeConfig { Architecture = "topk", DIn = 2, DSae = 3, K = 2 });
        sae.Parameters.WEnc.Buffer.Upload([1f, 0, -2, 0, 1, 1]);
        sae.Parameters.BEnc.Upload([0f, 0, 0.5f]);
        sae.Parameters.WDec.Buffer.Upload([1f, 0, 0, 1, 1, 2]);
        sae.Parameters.BDec.Upload([1f, 1]);
        return sae;
    }

    private float[] Values(Sae sae, SparseCodes codes, float[] activations)
    {
        sae.Encode(Upload(activations), codes);
        return Download(codes.Values, activations.Length);
    }

    private RealMatrix Upload(float[] rows)
    {
        RealBuffer buffer = this.backend.AllocateReal("rows", rows.Length);
        buffer.Upload(rows.AsSpan());
        return new RealMatrix(buffer, rows.Length / 2, 2);
    }

    private static float[] Download(RealBuffer buffer, int count)
    {
        float[] values = new float[count];
        buffer.Download(values.AsSpan());
        return values;
    }
}
