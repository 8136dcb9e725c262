using SaeKernels.Abstractions;
using SaeKernels.Ilgpu;
using SaeKernels.Numerics;

namespace SaeKernels.Benchmarks;

/// <summary>A product, and the encoders on vectors that are sums of k of their directions and noise.</summary>
internal sealed class EncoderCases : IDisposable
{
    private const int ProductSide = 1024;
    private const double Noise = 0.2;
    private readonly IlgpuBackend backend;
    private readonly StepShape shape;
    private readonly List<IDisposable> owned = [];
    private RandomSequence random = new(seed: 1, RandomPurpose.General);

    public EncoderCases(IlgpuBackend backend, StepShape shape)
    {
        this.backend = backend;
        this.shape = shape;
        float[] directions = Normal((long)shape.DSae * shape.DIn, 1 / Math.Sqrt(shape.DIn));
        RealMatrix wEnc = new(Place(directions), shape.DSae, shape.DIn);
        RealMatrix input = new(Place(Vectors(directions)), shape.Batch, shape.DIn);
        RealBuffer bEnc = Place(new float[shape.DSae]);
        RealBuffer cut = Place(new float[1]);
        SparseCodes codes = Own(new SparseCodes(backend, "Codes", shape.Batch, 2 * shape.Batch * shape.K));
        AuxSelection aux = new()
        {
            Mask = Own(backend.AllocateInt("Mask", shape.DSae)),
            K = Math.Min(shape.DIn / 2, shape.DSae),
            Codes = Own(new SparseCodes(backend, "AuxCodes", shape.Batch, shape.Batch * (shape.DIn / 2))),
        };
        EncodeTopKArguments topK = new()
        {
            Input = input,
            WEnc = wEnc,
            BEnc = bEnc,
            K = shape.K,
            Codes = codes,
            Aux = aux,
        };
        EncodeBatchTopKArguments batchTopK = new()
        {
            Input = input,
            WEnc = wEnc,
            BEnc = bEnc,
            K = shape.K,
            Codes = codes,
            Cut = new ScalarSlot(cut, 0),
            Aux = aux,
        };
        EncodeThresholdArguments threshold = new()
        {
            Input = input,
            WEnc = wEnc,
            BEnc = bEnc,
            Threshold = CutOf(batchTopK),
            Codes = codes,
            Aux = aux,
        };
        double encoding = 2.0 * shape.Batch * shape.DSae * shape.DIn;
        this.All =
        [
            new("product", 2.0 * ProductSide * ProductSide * ProductSide, Product()),
            new("EncodeTopK", encoding, () => backend.EncodeTopK(topK)),
            new("EncodeThreshold", encoding, () => backend.EncodeThreshold(threshold)),
            new("EncodeBatchTopK", encoding, () => backend.EncodeBatchTopK(batchTopK)),
        ];
    }

    /// <summary>The product first.</summary>
    public IReadOnlyList<EncoderCase> All { get; }

    public void Dispose() => this.owned.ForEach(item => item.Dispose());

    private Action Product()
    {
        const int Length = ProductSide * ProductSide;
        RealBuffer left = Place(Normal(Length, 1));
        RealBuffer right = Place(Normal(Length, 1));
        RealBuffer zeros = Place(new float[ProductSide]);
        RealBuffer product = Place(new float[Length]);
        return () => this.backend.LaunchProduct(left, right, zeros, product, ProductSide);
    }

    /// <summary>Lets as many pass a threshold as a batch of BatchTopK keeps.</summary>
    private RealBuffer CutOf(EncodeBatchTopKArguments arguments)
    {
        this.backend.EncodeBatchTopK(arguments);
        float[] cut = new float[1];
        arguments.Cut.Buffer.Download(cut.AsSpan(), 0);
        return Place([.. Enumerable.Repeat(cut[0], this.shape.DSae)]);
    }

    private float[] Vectors(float[] directions)
    {
        float[] vectors = Normal((long)this.shape.Batch * this.shape.DIn, Noise / Math.Sqrt(this.shape.DIn));
        for (int active = 0; active < this.shape.Batch * this.shape.K; active++)
        {
            // The square of a uniform number: latent j is drawn in proportion to 1 / √j.
            double uniform = this.random.NextDouble();
            int direction = (int)(uniform * uniform * this.shape.DSae) * this.shape.DIn;
            int vector = active / this.shape.K * this.shape.DIn;
            float value = (float)(0.5 + this.random.NextDouble());
            for (int d = 0; d < this.shape.DIn; d++)
            {
                vectors[vector + d] += value * directions[direction + d];
            }
        }

        return vectors;
    }

    private float[] Normal(long length, double deviation)
    {
        float[] numbers = new float[length];
        for (long i = 0; i < length; i++)
        {
            numbers[i] = (float)(deviation * this.random.NextNormal());
        }

        return numbers;
    }

    private RealBuffer Place(float[] numbers)
    {
        RealBuffer buffer = Own(this.backend.AllocateReal("Case", numbers.Length));
        buffer.Upload(numbers.AsSpan());
        return buffer;
    }

    private T Own<T>(T item)
        where T : IDisposable
    {
        this.owned.Add(item);
        return item;
    }

    /// <summary>Something to time, and the floating-point operations of its tiles.</summary>
    internal sealed record EncoderCase(string Name, double Operations, Action Launch);
}
