namespace SaeKernels.Ilgpu;

/// <summary>What a lane holds of an operand of a matrix product: four words; also 16 bytes of an operand.</summary>
internal struct Fragment
{
    public uint Word0;
    public uint Word1;
    public uint Word2;
    public uint Word3;

    public Fragment(uint word0, uint word1, uint word2, uint word3)
    {
        this.Word0 = word0;
        this.Word1 = word1;
        this.Word2 = word2;
        this.Word3 = word3;
    }
}
