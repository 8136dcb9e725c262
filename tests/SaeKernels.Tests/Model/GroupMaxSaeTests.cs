using SaeKernels.Abstractions;
using SaeKernels.Reference;
using SaeKernels.Testing;

namespace SaeKernels.Tests.Model;

public sealed class GroupMaxSaeTests
{
    private static readonly SaeConfig Config = new() { Architecture = "groupmax", DIn = 2, DSae = 4, K = 2 };

    [Fact]
    public void A_small_model_computes_what_a_hand_computes()
    {
        using ReferenceBackend<float> backend = ReferenceBackend.Create();
        using Sae sae = SaeArchitectures.Create(backend, Config);
        sae.Parameters.WEnc.Buffer.Upload([1f, 0, 2, 0, 0, 1, 0, -1]);
        sae.Parameters.BEnc.Upload([0f, -1, 0, 0]);
        sae.Parameters.WDec.Buffer.Upload([1f, 0, 0, 1, 1, 1, 2, 2]);
        sae.Parameters.BDec.Upload([1f, 1]);
        using SparseCodes codes = sae.AllocateCodes(2);
        RealMatrix x = backend.PlaceMatrix("x", 2, 2, 3, 2, 0, 0);

        sae.Encode(x, codes);
        sae.Decode(codes, x);

        // Row 0: x − b_dec = (2, 1), p = (2, 3 | 1, −1). Row 1: (−1, −1), p = (−1, −3 | −1, 1).
        Assert.Equal([[(1, 3.0), (2, 1.0)], [(0, 0.0), (3, 1.0)]], codes.Read(2));
        Assert.Equal([1 + 1, 1 + 3 + 1, 1 + 2, 1 + 2], x.ToArray());
    }

    [Fact]
    public void K_must_divide_the_number_of_latents() => Assert.Equal(
        "SaeConfig: K must divide DSae = 4 into groups of one size for groupmax, but is 3. Change K or DSae.",
        Assert.Throws<ArgumentException>(() => (Config with { K = 3 }).Validate()).Message);
}
