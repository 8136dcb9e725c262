using SaeKernels.Abstractions;
using SaeKernels.Kernels.Tests.Ilgpu.TensorCores;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests;

/// <summary>An encoder that is updated and encodes, for tests of what is kept in between.</summary>
internal sealed class UpdatedEncoder : IDisposable
{
    private const int DSae = 40;
    private const int Batch = 3;
    private const int K = 4;
    private readonly IComputeBackend backend;
    private readonly ScreeningCase drawn;
    private readonly RealBuffer input;
    private readonly SparseCodes codes;
    private readonly LatentMajorList list;
    private readonly Dictionary<string, RealBuffer> buffers = [];

    public UpdatedEncoder(IComputeBackend backend, int dIn)
    {
        this.backend = backend;
        this.drawn = ScreeningCase.Draw(Batch, dIn, DSae, K, 0, seed: 71);
        this.input = backend.Place("Input", this.drawn.X);
        this.WEnc = backend.Place("WEnc", this.drawn.W);
        this.codes = new SparseCodes(backend, "Codes", Batch, Batch * K);
        this.list = new LatentMajorList(backend, DSae, Batch * K);
    }

    public RealBuffer WEnc { get; }

    private RealMatrix Batched => new(this.input, Batch, this.drawn.DIn);

    /// <summary>Fails unless whatever changes the weights has them rounded once more, by the next encode.</summary>
    public static void RequireRoundingAfterEachChange(IComputeBackend backend, Func<long> roundings)
    {
        const int DIn = 20;
        long before = roundings();
        using UpdatedEncoder encoder = new(backend, DIn);
        encoder.Encode();
        Action[] changes =
        [
            () => encoder.WEnc.Upload([1f, 2f], 5),
            () => encoder.WEnc.Upload([1.0, 2.0], 7),
            () => backend.NormalizeRows(
                new NormalizeRowsArguments { Matrix = new RealMatrix(encoder.WEnc, DSae, DIn) }),
            encoder.Adam,
            () => encoder.WEnc.Clear(),
        ];
        for (int i = 0; i < changes.Length; i++)
        {
            changes[i]();
            Assert.Equal(encoder.Expected(), encoder.Encode());
            Assert.Equal(before + i + 2, roundings());
        }
    }

    public float[] Weights()
    {
        float[] weights = new float[this.WEnc.Length];
        this.WEnc.Download(weights);
        return weights;
    }

    public (int Latent, double Value)[][] Expected()
    {
        ScreeningCase current = ScreeningCase.Draw(Batch, this.drawn.DIn, DSae, K, 0, seed: 71);
        Weights().CopyTo(current.W, 0);
        Buffer("BEnc", DSae, i => this.drawn.B[i]).Download(current.B);
        return current.Expected();
    }

    public (int Latent, double Value)[][] Encode()
    {
        this.backend.EncodeTopK(new EncodeTopKArguments
        {
            Input = this.Batched,
            WEnc = new RealMatrix(this.WEnc, DSae, this.drawn.DIn),
            BEnc = Buffer("BEnc", DSae, i => this.drawn.B[i]),
            K = K,
            Codes = this.codes,
        });
        return this.codes.Read(Batch);
    }

    public void Update(bool averages = false)
    {
        this.backend.BuildLatentMajor(
            new BuildLatentMajorArguments { Rows = Batch, Codes = this.codes, List = this.list });
        int dIn = this.drawn.DIn;
        this.backend.UpdateLatents(new UpdateLatentsArguments
        {
            Inputs = new LatentGradientInputs
            {
                List = this.list,
                Input = this.Batched,
                Residuals = this.Batched,
                ResidualScale = -0.5,
                ProjectDecoderGradient = true,
            },
            WEnc = Parameters("WEnc", DSae * dIn),
            BEnc = Parameters("BEnc", DSae),
            WDec = Parameters("WDec", DSae * dIn),
            Step = Step(),
            NormalizeDecoder = true,
            RowSquaredNorms = Buffer("RowSquaredNorms", DSae, _ => 0),
            EncoderPath = Buffer("EncoderPath", dIn, _ => 0),
            Averages = averages ? Averages() : null,
        });
    }

    public void Dispose()
    {
        this.input.Dispose();
        this.WEnc.Dispose();
        this.codes.Dispose();
        this.list.Dispose();
        foreach (RealBuffer buffer in this.buffers.Values)
        {
            buffer.Dispose();
        }
    }

    private void Adam()
    {
        AdamParameters wEnc = Parameters("WEnc", (int)this.WEnc.Length);
        this.backend.AdamUpdate(new AdamUpdateArguments
        {
            Length = (int)this.WEnc.Length,
            Parameters = wEnc.Values,
            Gradient = Buffer("Gradient", (int)this.WEnc.Length, i => i % 3),
            FirstMoment = wEnc.FirstMoment,
            SecondMoment = wEnc.SecondMoment,
            Step = Step(),
        });
    }

    private RowAverages Averages() => new()
    {
        WEnc = Buffer("WEnc.A", (int)this.WEnc.Length, i => i % 4),
        BEnc = Buffer("BEnc.A", DSae, i => i % 2),
        WDec = Buffer("WDec.A", (int)this.WEnc.Length, i => i % 5),
        Decay = 0.99,
    };

    private static OptimizerStep Step() =>
        new() { LearningRate = 0.1, Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8, Step = 1 };

    private AdamParameters Parameters(string name, int length) => new(
        name == "WEnc" ? this.WEnc : Buffer(name, length, i => ((i % 7) - 3) * 0.5f),
        Buffer($"{name}.M", length, i => 0.25f * ((i % 5) - 2)),
        Buffer($"{name}.V", length, _ => 0.0625f));

    private RealBuffer Buffer(string name, int length, Func<int, float> value)
    {
        if (!this.buffers.TryGetValue(name, out RealBuffer? buffer))
        {
            buffer = this.backend.Place(name, [.. Enumerable.Range(0, length).Select(value)]);
            this.buffers.Add(name, buffer);
        }

        return buffer;
    }
}
