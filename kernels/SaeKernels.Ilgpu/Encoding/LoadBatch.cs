using ILGPU;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   (x − mean) · scale, of some columns of the staged vectors
/// Work       2 · batch · DIn FLOP
/// Traffic    (size + 4) · batch · DIn bytes, a staged number being 2 or 4 bytes → bound by memory
/// Launch     groups take rows in turns, threads take packs of four columns in turns
/// Shared     none        Barriers  none
/// Order      elementwise; deterministic
/// Error      widening none; 2 · 2⁻²⁴ · |result| where both a mean and a scale are given
/// Source     IEEE 754-2019, §3.4; bfloat16: the upper half of binary32
/// </summary>
internal sealed class LoadBatch(KernelDevice device)
{
    private readonly PackKernel<Parameters> fp32Kernel =
        new(device, LoadRows<Pack1, StagedFp32>, LoadRows<Pack4, StagedFp32>);

    private readonly PackKernel<Parameters> fp16Kernel =
        new(device, LoadRows<Pack1, StagedFp16>, LoadRows<Pack4, StagedFp16>);

    private readonly PackKernel<Parameters> bf16Kernel =
        new(device, LoadRows<Pack1, StagedBf16>, LoadRows<Pack4, StagedBf16>);

    public void Run(in LoadBatchArguments arguments)
    {
        IlgpuBatchStaging staging = device.Staging(arguments.Staging);
        ArrayView<float> activations = device.View(arguments.Activations);
        Parameters parameters = new()
        {
            Staged = staging.View(arguments.Slot),
            Mean = arguments.Mean is null ? activations : device.View(arguments.Mean),
            HasMean = arguments.Mean is null ? 0 : 1,
            Scales = arguments.Scales is null ? activations : device.View(arguments.Scales),
            HasScales = arguments.Scales is null ? 0 : 1,
            Scale = arguments.Scale,
            StagedWidth = arguments.StagedWidth,
            FirstColumn = arguments.FirstColumn,
            Activations = activations,
            Rows = arguments.Activations.Rows,
            Columns = arguments.Activations.Columns,
        };
        PackKernel<Parameters> kernel = staging.Element switch
        {
            StagedElement.Fp16 => this.fp16Kernel,
            StagedElement.Bf16 => this.bf16Kernel,
            _ => this.fp32Kernel,
        };
        // Packs of four need every staged row to begin at a multiple of four numbers too.
        int other = parameters.StagedWidth | parameters.FirstColumn;
        int alike = other % Pack4.Width == 0 ? parameters.Columns : 1;
        kernel.Launch(parameters.Rows, parameters.Columns, alike, parameters);
        staging.MarkRead(arguments.Slot);
    }

    private static void LoadRows<TPack, TFormat>(Parameters p)
        where TPack : unmanaged, IPack<TPack>
        where TFormat : struct, IStagedFormat
    {
        for (int row = Grid.IdxX; row < p.Rows; row += Grid.DimX)
        {
            for (int d = Group.IdxX * TPack.Width; d < p.Columns; d += Group.DimX * TPack.Width)
            {
                long place = ((long)row * p.Columns) + d;
                TPack numbers = TFormat.Load<TPack>(p.Staged, ((long)row * p.StagedWidth) + p.FirstColumn + d);
                if (p.HasMean != 0)
                {
                    numbers = TPack.Subtract(numbers, TPack.Load(p.Mean, d));
                }

                if (p.HasScales != 0)
                {
                    numbers = TPack.Map(default(Product), numbers, TPack.Load(p.Scales, d), numbers);
                }
                else if (p.Scale != 1)
                {
                    numbers = TPack.AddScaled(default, p.Scale, numbers);
                }

                TPack.Store(p.Activations, place, numbers);
            }
        }
    }

    private readonly struct Product : IPackFunction
    {
        public float Of(float a, float b, float c) => a * b;
    }

    internal struct Parameters
    {
        public ArrayView<byte> Staged;
        public ArrayView<float> Mean;
        public ArrayView<float> Scales;
        public ArrayView<float> Activations;
        public float Scale;
        public int HasMean;
        public int HasScales;
        public int StagedWidth;
        public int FirstColumn;
        public int Rows;
        public int Columns;
    }
}
