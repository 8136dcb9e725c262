namespace SaeKernels.Cpu;

/// <summary>Single numbers: what is left of a row after the last whole vector.</summary>
internal readonly unsafe struct Lanes32 : ILanes<float>
{
    public static int Width => 1;

    public static float Load(float* source) => *source;

    public static void Store(float value, float* destination) => *destination = value;

    public static float Fill(float value) => value;

    public static float Add(float a, float b) => a + b;

    public static float Subtract(float a, float b) => a - b;

    public static float Multiply(float a, float b) => a * b;

    public static float MultiplyAdd(float a, float b, float c) => float.MultiplyAddEstimate(a, b, c);

    public static float Divide(float a, float b) => a / b;

    public static float SquareRoot(float a) => MathF.Sqrt(a);

    public static float FlushBelow(float a, float limit) => MathF.Abs(a) < limit ? 0 : a;

    public static float Sign(float a) => MathF.Abs(a) > 0 ? MathF.CopySign(1, a) : a;

    public static float Sum(float a) => a;
}
